using Cx.Domain;
using Cx.Functions.Intake;
using Cx.Functions.Store;
using Cx.Functions.Store.Postgres;
using Cx.Functions.Store.Views;

namespace Cx.Functions.Hosting.Standalone;

/// <summary>Keeps the asynchronous views up with the log, and says aloud when one stops.</summary>
internal sealed partial class ViewWorker(ViewHost views, ILogger<ViewWorker> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        views.Failed += failure => Failed(log, failure.View, failure.Version, failure.Sequence, failure.Error);
        return views.Run(stoppingToken);
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "View {View} {Version} has stopped at event {Sequence} and is tried again")]
    private static partial void Failed(ILogger logger, string view, int version, long? sequence, Exception error);
}

/// <summary>Carries word of commits and changed settings between the processes of one database.</summary>
internal sealed partial class NewsWorker(
    Notifier notifier, Listener listener, PostgresEventStore store, CommitSignal signal, SourceDirectory sources, ILogger<NewsWorker> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Committed += notifier.Committed;
        store.Committed += signal.Pulse;
        store.Configured += notifier.ConfigChanged;
        store.Stalled += (sequence, waited) => Stalled(log, sequence, waited);
        store.WakeFailed += (shop, customer, error) => WakeFailed(log, shop, customer, error);
        notifier.Broken += error => Broken(log, error);
        listener.Broken += error => Broken(log, error);
        listener.ConfigChanged += shop => sources.Forget(shop);
        return Task.WhenAll(notifier.Run(stoppingToken), listener.Run(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The log waits at event {Sequence} since {Waited}: a transaction neither commits nor ends")]
    private static partial void Stalled(ILogger logger, long sequence, TimeSpan waited);

    [LoggerMessage(Level = LogLevel.Error, Message = "Waking customer {Customer} of {Shop} failed; after five times it is parked")]
    private static partial void WakeFailed(ILogger logger, ShopId shop, CustomerId customer, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection that carries news between processes broke and is opened again; polling goes on")]
    private static partial void Broken(ILogger logger, Exception error);
}

/// <summary>Once an hour removes payloads that concern nobody and have been kept long enough.</summary>
internal sealed partial class RetentionWorker(Retention retention, TimeProvider clock, ILogger<RetentionWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromHours(1));
        do
        {
            try
            {
                await retention.Apply(clock.GetUtcNow(), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, e);
            }
        }
        while (await turns.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Removing what has been kept long enough failed and is tried again in an hour")]
    private static partial void Failed(ILogger logger, Exception error);
}
