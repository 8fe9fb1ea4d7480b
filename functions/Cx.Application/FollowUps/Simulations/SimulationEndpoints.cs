using Cx.Application.Api;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>The routes by which marketing tries a draft over the recorded history before it is published.</summary>
public static class SimulationEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("simulateCadence", "POST", Routes.CadenceSimulations, Access.Marketing, SimulationHandlers.StartOfCadence)
        {
            Summary = "Tries the draft of a cadence, or a document, over the recorded history beside the version in force; nothing is sent or changed. 202: it waits for its turn.",
            Accepts = typeof(SimulationRequest), Returns = typeof(SimulationAcceptedResponse), Statuses = [202], Refuses = [409, 422],
        },
        new("listCadenceSimulations", "GET", Routes.CadenceSimulations, Access.Marketing, SimulationHandlers.ListOfCadence)
        {
            Summary = "The cadence's simulations, the latest first.", Returns = typeof(Page<SimulationSummaryResponse>), Refuses = [400],
        },
        new("getCadenceSimulation", "GET", Routes.CadenceSimulation, Access.Marketing, SimulationHandlers.GetOfCadence)
        {
            Summary = "How far a simulation is; once it is done, what the draft and the version in force do: by step, by week, messages a customer, and a few messages as they would be written.",
            Returns = typeof(SimulationResponse),
        },
        new("listCadenceDifferences", "GET", Routes.CadenceDifferences, Access.Marketing, SimulationHandlers.DifferencesOfCadence)
        {
            Summary = "The customers whom the draft treats differently, step by step.", Returns = typeof(Page<CustomerDifferencesResponse>), Refuses = [400, 409],
        },
        new("removeCadenceSimulation", "DELETE", Routes.CadenceSimulation, Access.Marketing, SimulationHandlers.RemoveOfCadence)
        {
            Summary = "Cancels a simulation that waits or runs; removes one that has ended, with its result.", Statuses = [204],
        },
        new("simulatePolicy", "POST", Routes.PolicySimulations, Access.Marketing, SimulationHandlers.StartOfPolicy)
        {
            Summary = "Tries the draft of the contact policy, or a document, over the recorded history beside the policy in force; nothing is sent or changed. 202: it waits for its turn.",
            Accepts = typeof(SimulationRequest), Returns = typeof(SimulationAcceptedResponse), Statuses = [202], Refuses = [409, 422],
        },
        new("listPolicySimulations", "GET", Routes.PolicySimulations, Access.Marketing, SimulationHandlers.ListOfPolicy)
        {
            Summary = "The simulations of the contact policy, the latest first.", Returns = typeof(Page<SimulationSummaryResponse>), Refuses = [400],
        },
        new("getPolicySimulation", "GET", Routes.PolicySimulation, Access.Marketing, SimulationHandlers.GetOfPolicy)
        {
            Summary = "How far a simulation of the contact policy is, and what came of it.", Returns = typeof(SimulationResponse),
        },
        new("listPolicyDifferences", "GET", Routes.PolicyDifferences, Access.Marketing, SimulationHandlers.DifferencesOfPolicy)
        {
            Summary = "The customers whom the draft of the contact policy treats differently, step by step.", Returns = typeof(Page<CustomerDifferencesResponse>), Refuses = [400, 409],
        },
        new("removePolicySimulation", "DELETE", Routes.PolicySimulation, Access.Marketing, SimulationHandlers.RemoveOfPolicy)
        {
            Summary = "Cancels a simulation of the contact policy that waits or runs; removes one that has ended, with its result.", Statuses = [204],
        },
    ];
}
