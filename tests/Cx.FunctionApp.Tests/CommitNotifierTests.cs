using Cx.FunctionApp.Tests.FollowUps;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests;

public sealed class CommitNotifierTests : IAsyncLifetime, IDisposable
{
    private readonly HandClock pauses = new(DateTimeOffset.UnixEpoch);
    private readonly Announced queue = new();
    private FollowUpSite site = null!;
    private CommitNotifier notifier = null!;

    public async Task InitializeAsync()
    {
        site = await FollowUpSite.Open();
        notifier = new(site.Store, queue, pauses, NullLogger<CommitNotifier>.Instance);
        await notifier.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await notifier.StopAsync(CancellationToken.None);
        await site.DisposeAsync();
    }

    public void Dispose() => notifier.Dispose();

    [Fact]
    public async Task Many_commits_in_a_short_while_are_announced_once_and_the_last_always()
    {
        await site.Site.Buyer("first");
        await queue.Reached(1);
        await pauses.TimersMade(1);
        foreach (var name in new[] { "a", "b", "c" })
        {
            await site.Site.Buyer(name);
        }

        Assert.Equal(1, queue.Count);
        pauses.Advance(CommitNotifier.MinInterval);
        await queue.Reached(2);
        await pauses.TimersMade(2);
        pauses.Advance(CommitNotifier.MinInterval);

        await site.Site.Buyer("later");
        await queue.Reached(3);
        Assert.Equal(3, queue.Count);
    }

    [Fact]
    public async Task A_queue_that_fails_stops_nothing()
    {
        queue.IsBroken = true;
        await site.Site.Buyer("first");
        await queue.Reached(1);
        queue.IsBroken = false;
        await pauses.TimersMade(1);
        pauses.Advance(CommitNotifier.MinInterval);

        await site.Site.Buyer("second");
        await queue.Reached(2);
    }

    private sealed class Announced : ICommitQueue
    {
        private readonly Lock gate = new();
        private readonly List<(int Count, TaskCompletionSource Reached)> waiting = [];

        public int Count { get; private set; }

        public bool IsBroken { get; set; }

        public Task Announce(CancellationToken ct)
        {
            lock (gate)
            {
                Count++;
                waiting.ForEach(w => { if (w.Count <= Count) w.Reached.TrySetResult(); });
            }

            return IsBroken ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
        }

        public Task Reached(int count)
        {
            lock (gate)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Add((count, reached));
                if (Count >= count) reached.TrySetResult();
                return reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }
        }
    }
}
