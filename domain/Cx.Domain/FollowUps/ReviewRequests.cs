using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps;

/// <summary>Requests for reviews: one for all orders that arrived together, and from one person once a week at most.</summary>
internal static class ReviewRequests
{
    /// <summary>The least time between two requests. Ours: whoever orders every day is asked once in a while.</summary>
    internal static readonly TimeSpan Spacing = TimeSpan.FromDays(7);

    /// <summary>How long a request is remembered. Ours: what the longest hold by a complaint and the default lateness allow, doubled.</summary>
    internal static readonly TimeSpan Remembered = TimeSpan.FromDays(90);

    /// <summary>Whether a step asks for a review of its order: what a review ends, and no reminder of it.</summary>
    internal static bool IsRequest(CadenceDocument cadence, Step step) =>
        step.Category == Category.Marketing && !FollowsMessage(cadence, step) && cadence.Exits.Any(e => e is { On: "review-posted", Steps: not null } && e.Ends(step.Id));

    /// <summary>A gift card is nothing that can be reviewed.</summary>
    internal static Finding Reviewable(StepContext context) =>
        !IsRequest(context.Cadence, context.Step) || context.Order is not { } order ? new("review", "asks for no review")
        : order.Lines.Where(l => order.Remaining(l) > 0).ToList() is { Count: > 0 } kept && kept.TrueForAll(l => l.Kind == LineKind.GiftCard)
            ? new("review", "nothing but gift cards", Reason.NotApplicable, Final: true)
        : new("review", "there is something to review");

    /// <summary>Not asked again within a week; the hold is exempt from the maximum.</summary>
    internal static Finding AskedLately(StepContext context)
    {
        if (!IsRequest(context.Cadence, context.Step))
            return new("review-spacing", "asks for no review");

        var last = Others(context).Max(at => (DateTimeOffset?)at);
        return last is not { } at ? new("review-spacing", "none asked for before")
            : at + Spacing is var until && until > context.At ? new("review-spacing", $"one was asked for on {Utc(at)}", Reason.AskedLately, Until: until)
            : new("review-spacing", $"the last one was asked for on {Utc(at)}");
    }

    /// <summary>From when to when other requests hold the step.</summary>
    internal static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(StepContext context) =>
        IsRequest(context.Cadence, context.Step) ? Others(context).Select(at => (at, at + Spacing)) : [];

    // What counts from a wait-for or a branch follows what that counts from.
    private static bool FollowsMessage(CadenceDocument cadence, Step? step) =>
        step?.Anchor.On == Anchor.PreviousStep && CadencePaths.Previous(cadence, step) is var previous && (previous?.Sends is true || FollowsMessage(cadence, previous));

    private static IEnumerable<DateTimeOffset> Others(StepContext context) =>
        from request in context.Customer.ReviewRequests where request.Key != context.Own select request.Value;

    /// <summary>The steps that would ask the same address about other orders, which have arrived by now: one message asks about all.</summary>
    internal static IReadOnlyList<StepContext> Together(StepContext context) => !IsRequest(context.Cadence, context.Step) ? [] :
    [
        .. from other in StepContext.AtAll(context.Customer, context.Shop, context.At)
           where other.Id != context.Id && other.State.IsOpen && !(other.State.Person is { Control: StepControl.Postpone } postponed && postponed.Until > context.At) && IsRequest(other.Cadence, other.Step) && other.Step.Channel == context.Step.Channel
               && other.Order?.DeliveredAt() <= context.At && other.Address == context.Address
               && Policy.WhyNotReopened(other) is null && !Reviewable(other).Final
           select other,
    ];
}
