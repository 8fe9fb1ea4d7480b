using Npgsql;

namespace Cx.Tests.EventStore.Projections;

public sealed class ViewAtomicityTests : IAsyncLifetime
{
    private ViewLog log = null!;

    public async Task InitializeAsync() => log = await ViewLog.Create();

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task A_write_that_fails_after_its_checkpoint_moved_counts_nothing_twice()
    {
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await host.Shows(await log.Visit("a", 5));
        await log.Scalar("alter table cx_view_rows add constraint small check ((data ->> 'count')::int < 6); select 0");

        var last = await log.Visit("a", 5);
        Assert.IsType<PostgresException>((await log.Failures.First).Error!.GetBaseException());
        Assert.Equal(5, await log.Count("a"));
        await log.Scalar("alter table cx_view_rows drop constraint small; select 0");
        await host.Shows(last);

        Assert.Equal(10, await log.Count("a"));
    }

    [Fact]
    public async Task A_host_whose_checkpoint_was_moved_by_another_drops_its_rows()
    {
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await host.Shows(await log.Visit("a", 5));
        await log.Scalar("""
            with rows as (update cx_view_rows set data = '{"count":100}'), moved as (update mt_event_progression set last_seq_id = last_seq_id + 2 where name = 'visits:All')
            select 0
            """);

        await host.Shows(await log.Visit("a", 5));

        Assert.Equal(PostgresErrorCodes.SerializationFailure, Assert.IsType<PostgresException>((await log.Failures.First).Error!.GetBaseException()).SqlState);
        Assert.Equal(103, await log.Count("a"));
    }

    [Fact]
    public async Task A_host_that_lost_its_connection_continues_with_another()
    {
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await host.Shows(await log.Visit("a", 5));
        await log.Scalar("""
            select count(pg_terminate_backend(l.pid)) from pg_locks l join pg_database d on d.oid = l.database and d.datname = current_database()
            where l.locktype = 'advisory' and l.granted
            """);

        await host.Shows(await log.Visit("a", 5));

        Assert.Equal(10, await log.Count("a"));
    }

    [Fact]
    public async Task After_a_process_that_was_killed_in_a_batch_everything_is_counted_once()
    {
        await log.Visit("a", 5000);
        var last = await log.Visit("a", 1000);
        using (var doomed = DoomedFollower.Start(log.Connection, events: 5500))
        {
            await doomed.WaitForExitAsync();
            Assert.NotEqual(0, doomed.ExitCode);
        }

        Assert.Equal(5000, await log.Scalar("select last_seq_id from mt_event_progression where name = 'visits:All'"));
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await host.Shows(last);

        Assert.Equal(6000, await log.Count("a"));
    }

    [Fact]
    public async Task When_the_process_that_follows_the_log_is_killed_the_one_that_stands_by_goes_on()
    {
        var folds = 0;
        await log.Visit("a", 3);
        using var leader = DoomedFollower.Start(log.Connection, events: 4);
        Assert.Equal("3", await leader.StandardOutput.ReadLineAsync());
        await using var host = new RunningHost(log.Host(new VisitsView(seen: _ => Interlocked.Increment(ref folds))));

        var last = await log.Visit("a");
        await leader.WaitForExitAsync();
        await host.Shows(last);

        Assert.Equal(4, await log.Count("a"));
        Assert.InRange(folds, 1, 3);
    }

    [Fact]
    public async Task An_event_that_commits_long_after_later_ones_is_not_skipped()
    {
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await host.Shows(await log.Visit("a"));
        await using var slow = await log.Source.OpenConnectionAsync();
        var transaction = await slow.BeginTransactionAsync();
        var held = log.Holds();
        await log.Append(slow, "late");
        var last = await log.Visit("a", 3);

        await held;
        await transaction.CommitAsync();
        await host.Shows(last);

        Assert.Equal((4, 1), (await log.Count("a"), await log.Count("late")));
    }

    [Fact]
    public async Task A_transaction_that_never_commits_leaves_a_gap_that_delays_nothing()
    {
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await using var slow = await log.Source.OpenConnectionAsync();
        var transaction = await slow.BeginTransactionAsync();
        await log.Append(slow, "never");
        var last = await log.Visit("a", 3);

        await transaction.RollbackAsync();
        await host.Shows(last);

        Assert.Equal((3, 0), (await log.Count("a"), await log.Count("never")));
    }
}
