using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether the person got so many messages, of whichever cadence, that the next one has to wait.</summary>
internal static class CapPolicies
{
    /// <summary>Every cap that covers the step, this one included; a window opens when the oldest message that fills it leaves it.</summary>
    internal static Finding Cap(StepContext context)
    {
        var caps = context.Shop.Policy.Caps.Where(c => c.Covers(context.Step.Channel, context.Step.Category)).ToList();
        if (caps.Count == 0)
            return new("cap", "none applies");
        if (context.SendNow is { } now)
            return TimingPolicies.Waived("cap", now);

        var counts = caps.ConvertAll(cap => (Cap: cap, Instants: Recent(context, cap)));
        var evidence = string.Join("; ", counts.Select(c => $"{c.Instants.Count} of {c.Cap.Most} ({ContactScope.Text(c.Cap.Channel, c.Cap.Category)}) in {Text(c.Cap.Within)}"));
        var full = counts.FindAll(c => c.Instants.Count >= c.Cap.Most);
        return full.Count == 0 ? new("cap", evidence)
            : full.Exists(c => c.Cap.Most == 0) ? new("cap", evidence, Reason.Cap)
            : new("cap", evidence, Reason.Cap, Until: full.Max(c => c.Instants[c.Cap.Most - 1] + c.Cap.Within));
    }

    /// <summary>The least time since the last message, by every spacing that covers the step.</summary>
    internal static Finding Spacing(StepContext context)
    {
        var spacings = context.Shop.Policy.Spacing.Where(s => s.Covers(context.Step.Channel, context.Step.Category)).ToList();
        if (spacings.Count == 0)
            return new("spacing", "none applies");
        if (context.SendNow is { } now)
            return TimingPolicies.Waived("spacing", now);

        var lasts = (from spacing in spacings
                     let last = Others(context).Where(m => spacing.Covers(m.Channel, m.Category)).Max(m => (DateTimeOffset?)m.At)
                     where last is not null
                     select (At: last.Value, Until: last.Value + spacing.Least)).ToList();
        if (lasts.Count == 0)
            return new("spacing", "none before");

        var (at, until) = lasts.MaxBy(l => l.Until);
        return until > context.At ? new("spacing", $"the last one on {Utc(at)}", Reason.Spacing, Until: until) : new("spacing", $"the last one on {Utc(at)}");
    }

    // The latest first.
    private static List<DateTimeOffset> Recent(StepContext context, ContactCap cap) =>
        [.. Others(context).Where(m => m.At > context.At - cap.Within && cap.Covers(m.Channel, m.Category)).Select(m => m.At).OrderDescending()];

    // Of all cadences.
    private static IEnumerable<CountedMessage> Others(StepContext context) => from message in context.Customer.CountedMessages where message.Key != context.Own select message.Value;

    private static string Text(TimeSpan span) => span.TotalHours % 24 == 0 ? $"{span.TotalDays:0} days" : $"{span.TotalHours:0.##} h";
}
