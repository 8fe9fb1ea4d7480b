namespace Cx.FunctionApp.FollowUps;

/// <summary>What the follow-ups' orchestrations need of a host.</summary>
internal static class FollowUpOrchestrations
{
    /// <summary>Expects the store and the waker to be there. The functions themselves are found by the worker.</summary>
    public static IServiceCollection AddFollowUpOrchestrations(this IServiceCollection services) => services.AddSingleton<FollowUpTimers>();
}
