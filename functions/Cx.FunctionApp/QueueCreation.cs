using Azure.Storage.Queues;

namespace Cx.FunctionApp;

/// <summary>
/// Creates the queues of the storage account where they are missing: others post to them, and a trigger without its queue logs a warning every few
/// seconds. In the background, until it succeeds: a storage account that does not answer keeps nothing else from starting.
/// </summary>
internal sealed partial class QueueCreation(IReadOnlyList<QueueClient> queues, TimeProvider clock, ILogger<QueueCreation> log) : BackgroundService
{
    public static TimeSpan FirstPause { get; } = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(queues.Select(queue => Create(queue, stoppingToken)));

    private async Task Create(QueueClient queue, CancellationToken ct)
    {
        for (var pause = FirstPause; !ct.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await queue.CreateIfNotExistsAsync(cancellationToken: ct);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                NotCreated(log, queue.Name, pause, e);
            }

            await Task.Delay(pause, clock, ct);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The queue {Queue} could not be created; retrying in {Pause}")]
    private static partial void NotCreated(ILogger logger, string queue, TimeSpan pause, Exception error);
}
