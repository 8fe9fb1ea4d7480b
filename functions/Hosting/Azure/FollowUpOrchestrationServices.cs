namespace Cx.Functions.Hosting.Azure;

/// <summary>What wakes customers and sends messages on this host.</summary>
internal static class FollowUpOrchestrationServices
{
    public static IServiceCollection AddFollowUpOrchestrations(this IServiceCollection services) => services;
}
