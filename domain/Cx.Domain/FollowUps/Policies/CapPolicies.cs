using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether the person got so many messages, of whichever cadence, that the next one has to wait.</summary>
internal static class CapPolicies
{
    /// <summary>
    /// Each cap that covers the step, this one included; a window opens when the oldest message that fills it leaves it. Each by itself: what it holds until is
    /// changed by no message that another one lets through.
    /// </summary>
    internal static IEnumerable<Finding> Caps(StepContext context)
    {
        var caps = context.Shop.Policy.Caps.Where(c => c.Covers(context.Step.Channel, context.Step.Category)).ToList();
        return caps.Count == 0 ? [new("cap", "none applies")]
            : context.SendNow is { } now ? [TimingPolicies.Waived("cap", now)]
            : caps.Select(cap => Cap(context, cap));
    }

    /// <summary>The least time since the last message, by each spacing that covers the step.</summary>
    internal static IEnumerable<Finding> Spacings(StepContext context)
    {
        var spacings = context.Shop.Policy.Spacing.Where(s => s.Covers(context.Step.Channel, context.Step.Category)).ToList();
        return spacings.Count == 0 ? [new("spacing", "none applies")]
            : context.SendNow is { } now ? [TimingPolicies.Waived("spacing", now)]
            : spacings.Select(spacing => Spacing(context, spacing));
    }

    private static Finding Cap(StepContext context, ContactCap cap)
    {
        var recent = Recent(context, cap);
        var evidence = $"{recent.Count} of {cap.Most} ({ContactScope.Text(cap.Channel, cap.Category)}) in {Text(cap.Within)}";
        return recent.Count < cap.Most ? new("cap", evidence)
            : cap.Most == 0 ? new("cap", evidence, Reason.Cap)
            : new("cap", evidence, Reason.Cap, Until: recent[cap.Most - 1] + cap.Within);
    }

    private static Finding Spacing(StepContext context, ContactSpacing spacing) =>
        Others(context).Where(m => spacing.Covers(m.Channel, m.Category)).Max(m => (DateTimeOffset?)m.At) is not { } last ? new("spacing", "none before")
        : last + spacing.Least is var until && until > context.At ? new("spacing", $"the last one on {Utc(last)}", Reason.Spacing, Until: until)
        : new("spacing", $"the last one on {Utc(last)}");

    // The latest first.
    private static List<DateTimeOffset> Recent(StepContext context, ContactCap cap) =>
        [.. Others(context).Where(m => m.At > context.At - cap.Within && cap.Covers(m.Channel, m.Category)).Select(m => m.At).OrderDescending()];

    // Of all cadences.
    private static IEnumerable<CountedMessage> Others(StepContext context) => from message in context.Customer.CountedMessages where message.Key != context.Own select message.Value;

    private static string Text(TimeSpan span) => span.TotalHours % 24 == 0 ? $"{span.TotalDays:0} days" : $"{span.TotalHours:0.##} h";
}
