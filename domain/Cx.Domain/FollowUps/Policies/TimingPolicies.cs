using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Calendar;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether it is the right moment, on the customer's clock.</summary>
internal static class TimingPolicies
{
    internal static Finding Due(Look look) =>
        look.Due is not { } due ? new("due", "what it counts from is not known", Reason.NotDue)
        : due > look.At ? new("due", $"due on {Say(due)}", Reason.NotDue, Until: due)
        : new("due", $"due since {Say(due)}");

    /// <summary>How long after the first moment it could have gone, not counting time on hold up to the maximum hold.</summary>
    internal static Finding Lateness(Look look)
    {
        var most = look.Step.MaxLateness ?? Step.DefaultMaxLateness;
        var late = Late(look);
        return late > most
            ? new("lateness", $"{Hours(late)} late, at most {Hours(most)}", Reason.TooLate, Final: true)
            : new("lateness", $"{Hours(late)} late, at most {Hours(most)}");
    }

    /// <summary>Peace for the customer at night; news about an order goes at any hour.</summary>
    internal static Finding Quiet(Look look)
    {
        var quiet = QuietOf(look);
        return quiet.Window is null ? new("quiet-hours", "none apply")
            : quiet.IsQuiet(look.At, look.Zone) && quiet.NextAllowed(look.At, look.Zone) is var until ? new("quiet-hours", $"quiet in {look.Zone.Id} until {Say(until)}", Reason.QuietHours, Until: until)
            : new("quiet-hours", $"not quiet in {look.Zone.Id}");
    }

    internal static Finding Window(Look look) =>
        look.Step.Window is not { } window ? new("window", "any time of day")
        : new TimeWindow(window.From, window.To).IsInside(look.At, look.Zone) ? new("window", $"inside {window.From:HH:mm}-{window.To:HH:mm} in {look.Zone.Id}")
        : new("window", $"outside {window.From:HH:mm}-{window.To:HH:mm} in {look.Zone.Id}", Reason.OutsideWindow, Until: Allowed(look, look.At));

    /// <summary>How long it was held, less what complaints held it: that is what the maximum hold limits.</summary>
    internal static TimeSpan Held(Look look)
    {
        if (look.State.HeldSince is not { } since)
            return TimeSpan.Zero;

        // What it was held before a due instant that has moved since does not count.
        var (from, before) = look.Due is { } due && due > since ? (due, TimeSpan.Zero) : (since, look.State.HeldFor);
        var to = look.State.Until < look.At ? look.State.Until.Value : look.At;
        return to > from ? before + (to - from) - ComplaintHold.Within(look, from, to) : before;
    }

    private static TimeSpan Late(Look look)
    {
        if (look.Due is not { } due || (Allowed(look, due) ?? due) is var first && first >= look.At)
            return TimeSpan.Zero;

        var held = Held(look);
        var most = TimeSpan.FromDays(look.Shop.Policy.MaxHoldDays);
        var late = look.At - first - ComplaintHold.Within(look, first, look.At) - (held < most ? held : most);
        return late > TimeSpan.Zero ? late : TimeSpan.Zero;
    }

    /// <summary>The first instant from one on that is in the step's window and not quiet; none when the two never meet.</summary>
    private static DateTimeOffset? Allowed(Look look, DateTimeOffset from) => look.Step.Window is { } window
        ? QuietOf(look).NextAllowed(from, new TimeWindow(window.From, window.To), look.Zone)
        : QuietOf(look).NextAllowed(from, look.Zone);

    private static QuietHours QuietOf(Look look) =>
        look.Step.Category == Category.Transactional ? QuietHours.None : new(look.Shop.Policy.QuietFrom, look.Shop.Policy.QuietTo);

    private static string Hours(TimeSpan span) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalHours:0.##} h");
}
