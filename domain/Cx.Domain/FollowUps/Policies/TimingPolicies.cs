using System.Collections.Immutable;
using System.Globalization;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using NodaTime;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>
/// Whether a step may be sent at this instant: it is due and not too late, and it is not quiet where the recipient may be.
/// </summary>
internal static class TimingPolicies
{
    internal static Finding Due(StepContext context) =>
        context.Due is not { } due ? new("due", "its anchor is not known yet", Reason.NotDue)
        : due > context.At ? new("due", $"due on {Utc(due)}{AsWanted(context)}", Reason.NotDue, Until: due)
        : new("due", $"due since {Utc(due)}{AsWanted(context)}");

    /// <summary>How long after the first moment it could have gone, not counting time on hold up to the maximum hold.</summary>
    internal static Finding Lateness(StepContext context)
    {
        if (!context.Step.Sends)
            return new("lateness", "sends nothing");

        var most = context.Step.MaxLateness ?? Step.DefaultMaxLateness;
        var late = Late(context);
        var evidence = $"{Hours(late)} late, at most {Hours(most)}";
        return late > most ? new("lateness", evidence, Reason.TooLate, Final: true) : new("lateness", evidence);
    }

    /// <summary>
    /// No message in the recipient's quiet hours, in whichever of the zones that may be, unless it is transactional: a customer expects information about an
    /// order at any hour.
    /// </summary>
    internal static Finding Quiet(StepContext context)
    {
        if (context.SendNow is { } now)
            return Waived("quiet-hours", now);

        var quiet = QuietOf(context);
        if (quiet.Window is null)
            return new("quiet-hours", "none apply");

        var zones = context.Zones;
        return !quiet.IsQuiet(context.At, zones.All.AsSpan()) ? new("quiet-hours", $"not quiet in {zones}")
            : quiet.NextAllowed(context.At, zones.All.AsSpan()) is { } until
                ? new("quiet-hours", $"quiet until {Utc(until)} in {zones}", Reason.QuietHours, Until: until)
            : new("quiet-hours", $"at every hour quiet in one of {zones}", Reason.QuietHours);
    }

    internal static Finding Window(StepContext context)
    {
        if (context.SendNow is { } now)
            return Waived("window", now);
        if (WindowOf(context) is not { } window)
            return new("window", "any time of day");

        var (until, held) = AllowedInWindow(context, context.At, window);
        var zones = held.Length == context.Zones.All.Length ? context.Zones.ToString() : $"{held[0].Id}, because no hour is inside in all of {context.Zones}";
        var hours = $"{window.From:HH:mm}-{window.To:HH:mm}{(context.Step.Weekdays is { } days ? $" on {string.Join(", ", days)}" : "")}";
        return held.All(zone => new TimeWindow(window.From, window.To).IsInside(context.At, zone) && context.Step.IsOn(context.At, zone))
            ? new("window", $"inside {hours} in {zones}")
            : new("window", $"outside {hours} in {zones}", Reason.OutsideWindow, Until: until);
    }

    /// <summary>How long it was held, less what complaints held it: that is what the maximum hold limits.</summary>
    internal static TimeSpan Held(StepContext context)
    {
        if (context.State.HeldSince is not { } since)
            return TimeSpan.Zero;

        // What it was held before a due instant that has moved since does not count.
        var (from, before) = context.Due is { } due && due > since ? (due, TimeSpan.Zero) : (since, context.State.HeldFor);
        var to = context.State.Until < context.At ? context.State.Until.Value : context.At;
        return to > from ? before + (to - from) - Exempt(context, from, to) : before;
    }

    /// <summary>When so much of a hold will have passed that is not exempt from the maximum.</summary>
    internal static DateTimeOffset HoldOver(StepContext context, TimeSpan left)
    {
        var at = context.At;
        foreach (var (begin, until) in ExemptSpans(context))
        {
            if (begin - at >= left)
                break;

            left -= begin > at ? begin - at : TimeSpan.Zero;
            at = until > at ? until : at;
        }

        return at + left;
    }

    private static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> ExemptSpans(StepContext context) =>
        ComplaintHold.Spans(context).Concat(ReviewRequests.Spans(context)).Concat(SpreadPolicy.Spans(context)).OrderBy(s => s.From);

    // What is exempt from the maximum hold and from lateness: complaints, the wait after another request for a review, and that after a pause.
    private static TimeSpan Exempt(StepContext context, DateTimeOffset from, DateTimeOffset to)
    {
        var (sum, covered) = (TimeSpan.Zero, from);
        foreach (var (begin, until) in ExemptSpans(context))
        {
            var start = begin > covered ? begin : covered;
            var end = until < to ? until : to;
            if (end > start)
                (sum, covered) = (sum + (end - start), end);
        }

        return sum;
    }

    private static TimeSpan Late(StepContext context)
    {
        if (context.Due is not { } due)
            return TimeSpan.Zero;

        // What another version makes due earlier is not late for it.
        var allowed = Allowed(context, due) ?? due;
        var first = context.FollowUp.MigratedAt is { } migrated && migrated > allowed ? migrated : allowed;
        if (first >= context.At)
            return TimeSpan.Zero;

        var held = Held(context);
        var most = TimeSpan.FromDays(context.Shop.Policy.MaxHoldDays);
        var late = context.At - first - Exempt(context, first, context.At) - (held < most ? held : most);
        return late > TimeSpan.Zero ? late : TimeSpan.Zero;
    }

    /// <summary>The first instant from one on that is in the step's window and not quiet; none when the two never meet.</summary>
    internal static DateTimeOffset? Allowed(StepContext context, DateTimeOffset from) => WindowOf(context) is { } window
        ? AllowedInWindow(context, from, window).Until
        : QuietOf(context).NextAllowed(from, context.Zones.All.AsSpan());

    /// <summary>
    /// Quiet hours hold in every zone, without exception. A window that is never inside in all of them (an hour in a country of four time zones) holds in the
    /// first of them in which it can.
    /// </summary>
    private static (DateTimeOffset? Until, ImmutableArray<DateTimeZone> Held) AllowedInWindow(StepContext context, DateTimeOffset from, LocalWindow window)
    {
        var (until, held) = InWindow(context, from, window);

        // Days that are not allowed are passed over one by one: where the zones' days overlap nowhere, there is no such instant.
        for (var days = 0; until is { } at && !held.All(zone => context.Step.IsOn(at, zone)); days++)
        {
            if (days == 14)
                return (null, held);
            var midnight = Instant.FromDateTimeOffset(at).InZone(held[0]).Date.PlusDays(1);
            (until, held) = InWindow(context, LocalCalendar.At(midnight, LocalTime.Midnight, held[0]), window);
        }

        return (until, held);
    }

    // A step that has days and no hours has all hours of them.
    private static LocalWindow? WindowOf(StepContext context) =>
        context.Step.Window ?? (context.Step.Weekdays is null ? null : new LocalWindow(TimeOnly.MinValue, TimeOnly.MinValue));

    private static (DateTimeOffset? Until, ImmutableArray<DateTimeZone> Held) InWindow(StepContext context, DateTimeOffset from, LocalWindow window)
    {
        var (quiet, zones, hours) = (QuietOf(context), context.Zones.All, new TimeWindow(window.From, window.To));
        if (quiet.NextAllowed(from, zones.AsSpan(), hours, zones.AsSpan()) is { } inAll)
            return (inAll, zones);

        foreach (var zone in zones)
        {
            if (quiet.NextAllowed(from, zones.AsSpan(), hours, [zone]) is { } inOne)
                return (inOne, [zone]);
        }

        return (null, zones);
    }

    private static QuietHours QuietOf(StepContext context) =>
        context.Step.Category == Category.Transactional ? QuietHours.None : new(context.Shop.Policy.QuietHours.From, context.Shop.Policy.QuietHours.To);

    internal static Finding Waived(string policy, PersonDecision now) => new(policy, $"waived: sent now {now.Evidence}");

    private static string AsWanted(StepContext context) => context.State.Person switch
    {
        { Control: StepControl.Send } now => $", wanted now {now.Evidence}",
        { Control: StepControl.Postpone } postponed => $", postponed {postponed.Evidence}",
        _ => "",
    };

    private static string Hours(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.##} h");
}

/// <summary>
/// While a complaint is open nothing of marketing goes out. A review request is only delayed by it, never dropped: it is asked on
/// resolution, or 30 days after the complaint opened at the latest. An offer waits as long, and is dropped if the complaint is then still open.
/// </summary>
internal static class ComplaintHold
{
    internal static Finding Hold(StepContext context)
    {
        if (!context.WaitsForComplaints)
            return new("complaints", "does not wait for complaints");

        var open = context.Customer.Complaints.Values.Where(c => c.IsOpen(context.At)).ToList();
        if (open.Count == 0)
            return new("complaints", "none open");

        var until = open.Max(c => End(c, context));
        return until > context.At ? new("complaints", $"{open.Count} open, held until {Utc(until)} at the latest", Reason.OpenComplaint, Until: until)
            : context.Step.Kind == StepKind.Offer ? new("complaints", $"still open, longest hold over on {Utc(until)}", Reason.OpenComplaint, Final: true)
            : new("complaints", $"still open, longest hold over on {Utc(until)}");
    }

    /// <summary>From when to when complaints hold the step.</summary>
    internal static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(StepContext context) => !context.WaitsForComplaints ? [] :
        context.Customer.Complaints.Values.Where(c => c.OpenedAt is not null).Select(c => (c.OpenedAt!.Value, End(c, context)));

    /// <summary>Whether the step would have been held at an instant.</summary>
    internal static bool Covers(StepContext context, DateTimeOffset instant) =>
        context.WaitsForComplaints && context.Customer.Complaints.Values.Any(c => c.IsOpen(instant) && End(c, context) > instant);

    private static DateTimeOffset End(Complaint complaint, StepContext context)
    {
        var longest = complaint.OpenedAt!.Value.AddDays(context.Shop.Policy.ComplaintHoldDays);
        return complaint.ResolvedAt < longest ? complaint.ResolvedAt.Value : longest;
    }
}
