using Azure.Storage.Queues;

namespace Cx.FunctionApp.CatchingUp;

/// <summary>Carries word that something was committed to whichever instance catches up; it says nothing else.</summary>
public interface ICommitQueue
{
    Task Announce(CancellationToken ct);
}

/// <param name="queue">Encodes its messages as host.json says that the queue triggers expect them.</param>
internal sealed class CommitQueue(QueueClient queue) : ICommitQueue
{
    public const string Name = "news";

    // Older news is no news: the timer has been there since.
    private static readonly TimeSpan Worth = TimeSpan.FromMinutes(2);

    private bool exists;

    public async Task Announce(CancellationToken ct)
    {
        if (!exists)
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: ct);
            exists = true;
        }

        await queue.SendMessageAsync("committed", visibilityTimeout: null, timeToLive: Worth, ct);
    }
}
