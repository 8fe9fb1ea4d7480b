using Cx.Domain.FollowUps.Cadences;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>What a customer's rights besides consent say of a step.</summary>
internal static class RightsPolicies
{
    /// <summary>Nothing is sent while processing is restricted; it waits until that is lifted.</summary>
    internal static Finding Restriction(StepContext context) => context.Customer.Restriction is { Stands: true } restriction
        ? new("restriction", $"processing is restricted since {Utc(restriction.At)}", Reason.Restricted)
        : new("restriction", "processing is not restricted");

    /// <summary>An offer is chosen by what the customer bought, which is profiling; no other message is.</summary>
    internal static Finding Profiling(StepContext context) =>
        context.Step.Kind != StepKind.Offer ? new("profiling", "does not profile")
        : context.Customer.ProfilingObjection is { Stands: true } objection
            ? new("profiling", $"objected on {Utc(objection.At)}", Reason.ProfilingObjected, Final: true)
        : new("profiling", "no objection");
}
