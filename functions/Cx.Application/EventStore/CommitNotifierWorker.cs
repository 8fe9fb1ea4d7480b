using Cx.Application.EventStore.Postgres;
using Cx.Application.EventStore.Projections;
using Cx.Domain;

namespace Cx.Application.EventStore;

/// <summary>Carries word of commits and changed settings between the processes of one database, and says aloud what stands still.</summary>
internal sealed partial class CommitNotifierWorker(
    Notifier notifier, Listener listener, PostgresEventStore store, CommitSignal signal, SourceDirectory sources, ViewHost views,
    ILogger<CommitNotifierWorker> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Committed += notifier.Committed;
        store.Committed += signal.Pulse;
        store.Configured += notifier.ConfigChanged;
        store.Stalled += (sequence, waited) => Stalled(log, sequence, waited);
        store.WakeFailed += (shop, customer, error) => WakeFailed(log, shop, customer, error);
        views.Failed += failure => ViewFailed(log, failure.View, failure.Version, failure.Sequence, failure.Error);
        notifier.Broken += error => Broken(log, error);
        listener.Broken += error => Broken(log, error);
        listener.ConfigChanged += shop => sources.Forget(shop);
        return Task.WhenAll(notifier.Run(stoppingToken), listener.Run(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The log waits at event {Sequence} since {Waited}: a transaction neither commits nor ends")]
    private static partial void Stalled(ILogger logger, long sequence, TimeSpan waited);

    [LoggerMessage(Level = LogLevel.Error, Message = "Waking customer {Customer} of {Shop} failed; after five times it is parked")]
    private static partial void WakeFailed(ILogger logger, ShopId shop, CustomerId customer, Exception error);

    [LoggerMessage(Level = LogLevel.Critical, Message = "View {View} {Version} has stopped at event {Sequence} and is tried again")]
    private static partial void ViewFailed(ILogger logger, string view, int version, long? sequence, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that carries news between processes broke and is opened again; polling goes on")]
    private static partial void Broken(ILogger logger, Exception error);
}
