using Azure.Storage.Queues;

namespace Cx.FunctionApp.CatchingUp;

/// <summary>What catching up needs of a host.</summary>
internal static class CatchUpServices
{
    /// <summary>Expects the store, the views, the outbox's sender with its lease taken, and the follow-ups' clocks to be there.</summary>
    /// <param name="news">The queue <see cref="CommitQueue.Name"/>.</param>
    public static IServiceCollection AddCatchUp(this IServiceCollection services, QueueClient news)
    {
        services.AddSingleton<ICommitQueue>(new CommitQueue(news));
        services.AddSingleton<CatchUp>();
        services.AddHostedService<CommitNotifier>();
        return services;
    }
}
