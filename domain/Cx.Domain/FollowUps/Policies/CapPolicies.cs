using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>How much marketing e-mail one customer gets, over all cadences.</summary>
internal static class CapPolicies
{
    /// <summary>At most so many in so many days of 24 hours, this one included; the window opens when the oldest of them leaves it.</summary>
    internal static Finding Cap(StepContext context)
    {
        var policy = context.Shop.Policy;
        if (!IsCapped(context))
            return new("cap", "not a marketing e-mail");

        var span = TimeSpan.FromDays(policy.CapDays);
        var recent = Others(context).Where(t => t > context.At - span).OrderDescending().ToList();
        return recent.Count < policy.MarketingCap ? new("cap", $"{recent.Count} of {policy.MarketingCap} in {policy.CapDays} days")
            : policy.MarketingCap == 0 ? new("cap", "no marketing e-mail allowed", Reason.Cap)
            : new("cap", $"{recent.Count} of {policy.MarketingCap} in {policy.CapDays} days", Reason.Cap, Until: recent[policy.MarketingCap - 1] + span);
    }

    /// <summary>The least time since the last one.</summary>
    internal static Finding Spacing(StepContext context)
    {
        if (!IsCapped(context))
            return new("spacing", "not a marketing e-mail");

        return Others(context).Max(t => (DateTimeOffset?)t) is not { } last ? new("spacing", "none before")
            : last + context.Shop.Policy.MarketingSpacing is var until && until > context.At ? new("spacing", $"the last one on {Say(last)}", Reason.Spacing, Until: until)
            : new("spacing", $"the last one on {Say(last)}");
    }

    private static bool IsCapped(StepContext context) => context.Step is { Category: Category.Marketing, Channel: Channel.Email };

    private static IEnumerable<DateTimeOffset> Others(StepContext context) =>
        from m in context.Customer.Messages
        where m.Key != context.Own && m.Value is { Category: Category.Marketing, Channel: Channel.Email } && m.Value.Counts
        select m.Value.CountsAt;
}
