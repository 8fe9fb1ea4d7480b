using Cx.Application.EventStore.Projections;
using Cx.Tests.Support;

namespace Cx.Tests.EventStore.Projections;

/// <summary>Views where nothing always runs: each call brings them to the end of the log.</summary>
public sealed class CatchUpTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private ViewLog log = null!;

    public async Task InitializeAsync() => log = await ViewLog.Create();

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task One_call_brings_a_view_to_the_end_of_the_log()
    {
        await log.Visit("a", 6000);
        await log.Visit("b", 2);

        await CatchUp();

        Assert.Equal((6000, 2), (await log.Count("a"), await log.Count("b")));
    }

    [Fact]
    public async Task Each_call_continues_where_the_one_before_stopped()
    {
        await log.Visit("a", 10);
        await CatchUp();
        await log.Visit("a", 1);
        var folded = 0;

        await CatchUp(() => folded++);

        Assert.Equal(11, await log.Count("a"));
        Assert.InRange(folded, 1, 3);
    }

    [Fact]
    public async Task Two_calls_at_once_fold_everything_once()
    {
        await log.Visit("a", 3000);

        await Task.WhenAll(CatchUp(), CatchUp(), CatchUp());

        Assert.Equal(3000, await log.Count("a"));
    }

    [Fact]
    public async Task A_view_that_another_process_holds_is_left_to_it()
    {
        await log.Visit("a", 1);
        await using var other = await log.Source.OpenConnectionAsync();
        await Execute(other, "select pg_advisory_lock(hashtextextended('cx:visits:1', 0))");

        await CatchUp().WaitAsync(Timeout);

        Assert.Equal(0, await log.Count("a"));
    }

    [Fact]
    public async Task Whoever_held_the_view_folds_what_was_committed_while_others_found_it_held()
    {
        await log.Visit("a", 3);
        var host = log.Host(new VisitsView());
        var ends = 0;
        host.Moved += (_, _) =>
        {
            // The holder has read the log to its end and still holds the lock.
            if (++ends == 1) Task.Run(VisitAndCatchUp).GetAwaiter().GetResult();
        };

        await host.CatchUp(CancellationToken.None, CancellationToken.None);

        Assert.Equal(4, await log.Count("a"));

        async Task VisitAndCatchUp()
        {
            await log.Visit("a", 1);
            await CatchUp();
        }
    }

    [Fact]
    public async Task A_call_during_another_of_the_same_process_returns_at_once_and_leaves_its_events_to_the_other()
    {
        await log.Visit("a", 1);
        using var goOn = new ManualResetEventSlim();
        var folding = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var host = log.Host(new VisitsView(seen: _ =>
        {
            folding.TrySetResult();
            goOn.Wait(Timeout);
        }));
        var first = Task.Run(() => host.CatchUp(CancellationToken.None, CancellationToken.None));
        await folding.Task.WaitAsync(Timeout);
        await log.Visit("a", 1);

        var second = host.CatchUp(CancellationToken.None, CancellationToken.None);
        Assert.True(second.IsCompletedSuccessfully);
        goOn.Set();
        await first;

        Assert.Equal(2, await log.Count("a"));
    }

    [Fact]
    public async Task A_call_that_is_to_stop_keeps_what_it_has_read_and_the_next_continues_there()
    {
        await log.Visit("a", 5000);
        await log.Visit("a", 500);
        using var stopping = new CancellationTokenSource();
        await log.Host(new VisitsView(seen: _ => stopping.Cancel())).CatchUp(stopping.Token, CancellationToken.None);
        var folded = 0;

        await CatchUp(() => folded++);

        Assert.Equal(5500, await log.Count("a"));
        Assert.InRange(folded, 1, 1100);      // each of the 500 that were left at most twice
    }

    [Fact]
    public async Task An_event_that_cannot_be_folded_fails_the_call_with_a_log_entry_and_the_next_call_continues()
    {
        await log.Visit("a", 3);
        var host = log.Host(new VisitsView(seen: _ => throw new FormatException("broken")));
        var reported = new List<TestLogEntry>();
        log.Failures.Logged += reported.Add;

        await Assert.ThrowsAsync<FoldFailedException>(() => host.CatchUp(CancellationToken.None, CancellationToken.None));
        Assert.Equal("broken", Assert.Single(reported).Error!.Message);
        await CatchUp();

        Assert.Equal(3, await log.Count("a"));
    }

    [Fact]
    public async Task An_older_version_leaves_the_view_to_the_newer()
    {
        await log.Visit("a", 4);
        await log.Host(new VisitsView(version: 2, step: 10)).CatchUp(CancellationToken.None, CancellationToken.None);
        await log.Visit("a", 1);

        await CatchUp();

        Assert.Equal(40, await log.Count("a"));
    }

    private Task CatchUp(Action? folding = null) =>
        log.Host(new VisitsView(seen: _ => folding?.Invoke())).CatchUp(CancellationToken.None, CancellationToken.None);

    private static async Task Execute(Npgsql.NpgsqlConnection connection, string sql)
    {
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
