using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Calendar;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether it is the right moment, on the customer's clock.</summary>
internal static class TimingPolicies
{
    internal static Finding Due(StepContext context) =>
        context.Due is not { } due ? new("due", "what it counts from is not known", Reason.NotDue)
        : due > context.At ? new("due", $"due on {Say(due)}", Reason.NotDue, Until: due)
        : new("due", $"due since {Say(due)}");

    /// <summary>How long after the first moment it could have gone, not counting time on hold up to the maximum hold.</summary>
    internal static Finding Lateness(StepContext context)
    {
        var most = context.Step.MaxLateness ?? Step.DefaultMaxLateness;
        var late = Late(context);
        return late > most
            ? new("lateness", $"{Hours(late)} late, at most {Hours(most)}", Reason.TooLate, Final: true)
            : new("lateness", $"{Hours(late)} late, at most {Hours(most)}");
    }

    /// <summary>Peace for the customer at night; news about an order goes at any hour.</summary>
    internal static Finding Quiet(StepContext context)
    {
        var quiet = QuietOf(context);
        return quiet.Window is null ? new("quiet-hours", "none apply")
            : quiet.IsQuiet(context.At, context.Zone) && quiet.NextAllowed(context.At, context.Zone) is var until ? new("quiet-hours", $"quiet in {context.Zone.Id} until {Say(until)}", Reason.QuietHours, Until: until)
            : new("quiet-hours", $"not quiet in {context.Zone.Id}");
    }

    internal static Finding Window(StepContext context) =>
        context.Step.Window is not { } window ? new("window", "any time of day")
        : new TimeWindow(window.From, window.To).IsInside(context.At, context.Zone) ? new("window", $"inside {window.From:HH:mm}-{window.To:HH:mm} in {context.Zone.Id}")
        : new("window", $"outside {window.From:HH:mm}-{window.To:HH:mm} in {context.Zone.Id}", Reason.OutsideWindow, Until: Allowed(context, context.At));

    /// <summary>How long it was held, less what complaints held it: that is what the maximum hold limits.</summary>
    internal static TimeSpan Held(StepContext context)
    {
        if (context.State.HeldSince is not { } since)
            return TimeSpan.Zero;

        // What it was held before a due instant that has moved since does not count.
        var (from, before) = context.Due is { } due && due > since ? (due, TimeSpan.Zero) : (since, context.State.HeldFor);
        var to = context.State.Until < context.At ? context.State.Until.Value : context.At;
        return to > from ? before + (to - from) - ComplaintHold.Within(context, from, to) : before;
    }

    private static TimeSpan Late(StepContext context)
    {
        if (context.Due is not { } due || (Allowed(context, due) ?? due) is var first && first >= context.At)
            return TimeSpan.Zero;

        var held = Held(context);
        var most = TimeSpan.FromDays(context.Shop.Policy.MaxHoldDays);
        var late = context.At - first - ComplaintHold.Within(context, first, context.At) - (held < most ? held : most);
        return late > TimeSpan.Zero ? late : TimeSpan.Zero;
    }

    /// <summary>The first instant from one on that is in the step's window and not quiet; none when the two never meet.</summary>
    private static DateTimeOffset? Allowed(StepContext context, DateTimeOffset from) => context.Step.Window is { } window
        ? QuietOf(context).NextAllowed(from, new TimeWindow(window.From, window.To), context.Zone)
        : QuietOf(context).NextAllowed(from, context.Zone);

    private static QuietHours QuietOf(StepContext context) =>
        context.Step.Category == Category.Transactional ? QuietHours.None : new(context.Shop.Policy.QuietFrom, context.Shop.Policy.QuietTo);

    private static string Hours(TimeSpan span) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalHours:0.##} h");
}
