using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps;

/// <summary>Requests for reviews: one for all orders that arrived together, and from one person once a week at most.</summary>
internal static class ReviewRequests
{
    /// <summary>Whether a step asks for a review of its order, and does not remind of a request before it.</summary>
    internal static bool IsRequest(CadenceDocument cadence, Step step) =>
        Asks(cadence, step) && !FollowsMessage(cadence, step);

    /// <summary>Whether a step asks for a review, or reminds of a request: what a review ends, and no offer.</summary>
    internal static bool Asks(CadenceDocument cadence, Step step) =>
        step is { Category: Category.Marketing, Kind: not StepKind.Offer } && cadence.Exits.Any(e => e is { On: "review-posted", Steps: not null } && e.Ends(step.Id));

    /// <summary>How long a request waits: as its cadence says, or longer where the policy wants it for the order's country or products.</summary>
    internal static Delay Delayed(StepContext context, Delay delay) => Wait(context) is { } days && days > delay.Days ? new(days, TimeSpan.Zero) : delay;

    /// <summary>Not asked again within a week, or as the policy says; the hold is exempt from the maximum.</summary>
    internal static Finding AskedLately(StepContext context)
    {
        if (!IsRequest(context.Cadence, context.Step))
            return new("review-spacing", "asks for no review");

        var last = Others(context).Max(at => (DateTimeOffset?)at);
        return last is not { } at ? new("review-spacing", "none asked for before")
            : at + Spacing(context) is var until && until > context.At ? new("review-spacing", $"one was asked for on {Utc(at)}", Reason.AskedLately, Until: until)
            : new("review-spacing", $"the last one was asked for on {Utc(at)}");
    }

    /// <summary>From when to when other requests hold the step.</summary>
    internal static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(StepContext context) =>
        IsRequest(context.Cadence, context.Step) ? Others(context).Select(at => (at, at + Spacing(context))) : [];

    // What counts from a wait-for or a branch follows what that counts from.
    private static bool FollowsMessage(CadenceDocument cadence, Step? step) =>
        step?.Anchor.On == Anchor.PreviousStep && CadencePaths.Previous(cadence, step) is var previous && (previous?.Sends is true || FollowsMessage(cadence, previous));

    private static IEnumerable<DateTimeOffset> Others(StepContext context) =>
        from request in context.Customer.ReviewRequests where request.Key != context.Own select request.Value.At;

    private static TimeSpan Spacing(StepContext context) => TimeSpan.FromDays(context.Shop.Policy.Reviews.SpacingDays);

    // None where the policy has no wait of its own for it.
    private static int? Wait(StepContext context)
    {
        if (context.Shop.Policy.Reviews.Delays.Count == 0 || context.Order is not { } order || !IsRequest(context.Cadence, context.Step))
            return null;

        var country = order.Contact?.Country ?? context.Customer.Details.Country;
        var products = order.Lines.Where(l => order.Remaining(l) > 0).Select(l => l.Product?.Value).ToHashSet();
        return context.Shop.Policy.Reviews.Delays
            .Where(d => (d.Country is null || d.Country == country) && (d.Products is null || d.Products.Any(products.Contains)))
            .Max(d => (int?)d.Days);
    }

    /// <summary>The steps that would ask the same address about other orders, which have arrived by now: one message asks about all.</summary>
    internal static IReadOnlyList<StepContext> Together(StepContext context) => !IsRequest(context.Cadence, context.Step) ? [] :
    [
        .. from other in StepContext.AtAll(context.Customer, context.Shop, context.At)
           where other.Id != context.Id && other.State.IsOpen && !(other.State.Person is { Control: StepControl.Postpone } postponed && postponed.Until > context.At) && IsRequest(other.Cadence, other.Step) && other.Step.Channel == context.Step.Channel
               && other.Order?.DeliveredAt() <= context.At && other.Address == context.Address
               && !(Wait(other) is not null && other.Due > context.At)
               && Policy.WhyNotReopened(other) is null && !ReviewEligibility.Reviewable(other).Final
           select other,
    ];
}
