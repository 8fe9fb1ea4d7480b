using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.Tests.EventStore.Projections;

public sealed class NotificationTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> running = [];
    private LastingConnections connections = null!;

    public async Task InitializeAsync() => connections = new(new(await Database.Create()));

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        await connections.DisposeAsync();
    }

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task A_pulse_while_a_worker_is_busy_ends_its_next_wait()
    {
        var signal = new CommitSignal(new HandClock(DateTimeOffset.UnixEpoch));
        var waiter = signal.Waiter();
        signal.Pulse();
        signal.Pulse();

        Assert.True(await waiter.WaitAsync(Long, CancellationToken.None));
        var next = waiter.WaitAsync(Long, CancellationToken.None);
        Assert.False(next.IsCompleted);
        signal.Pulse();
        Assert.True(await next);
    }

    [Fact]
    public async Task A_wait_ends_after_a_while_without_a_pulse()
    {
        var clock = new HandClock(DateTimeOffset.UnixEpoch);
        var wait = new CommitSignal(clock).Waiter().WaitAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        await clock.TimersMade(1);

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await wait);
    }

    [Fact]
    public async Task A_commit_here_wakes_the_workers_of_another_process_and_not_our_own_again()
    {
        var here = new Instance();
        var (ours, others) = (new CommitSignal(), new CommitSignal());
        await Listening(new(connections, here, ours, TimeProvider.System, NullLogger<Listener>.Instance));
        await Listening(new(connections, new(), others, TimeProvider.System, NullLogger<Listener>.Instance));
        var (our, other) = (ours.Waiter(), others.Waiter());
        var notifier = new Notifier(connections, here, TimeProvider.System, NullLogger<Notifier>.Instance);
        running.Add(notifier.Run(stop.Token));

        notifier.Committed();

        Assert.True(await other.WaitAsync(Long, stop.Token));
        Assert.False(our.WaitAsync(Long, stop.Token).IsCompleted);
    }

    [Fact]
    public async Task A_changed_shop_is_notified_to_every_process()
    {
        var heard = new TaskCompletionSource<ShopId>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = new Listener(connections, new(), new(), TimeProvider.System, NullLogger<Listener>.Instance);
        listener.ConfigChanged += shop => { if (shop is { } s) heard.TrySetResult(s); };
        await Listening(listener);
        var notifier = new Notifier(connections, new(), TimeProvider.System, NullLogger<Notifier>.Instance);
        running.Add(notifier.Run(stop.Token));

        notifier.ConfigChanged(new("shop"));

        Assert.Equal(new ShopId("shop"), await heard.Task.WaitAsync(Long));
    }

    [Fact]
    public async Task After_a_lost_connection_everything_may_have_changed()
    {
        var signal = new CommitSignal();
        var listener = new Listener(connections, new(), signal, TimeProvider.System, NullLogger<Listener>.Instance);
        await Listening(listener);
        var again = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.ConfigChanged += shop => { if (shop is null) again.TrySetResult(); };
        var waiter = signal.Waiter();

        await using (var connection = await connections.Open(stop.Token))
        await using (var kill = new Npgsql.NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()", connection))
        {
            await kill.ExecuteNonQueryAsync();
        }

        await again.Task.WaitAsync(Long);
        Assert.True(await waiter.WaitAsync(Long, stop.Token));
    }

    private Task Listening(Listener listener)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listener.ConfigChanged += _ => listening.TrySetResult();
        running.Add(listener.Run(stop.Token));
        return listening.Task.WaitAsync(Long);
    }
}
