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

    /// <param name="table">Before which the process is killed: what the batch had written until then is not to stay.</param>
    [Theory]
    [InlineData("cx_view_rows")]
    [InlineData("mt_event_progression")]
    public async Task After_a_process_that_was_killed_while_it_wrote_a_batch_everything_is_counted_once(string table)
    {
        await log.Visit("a", 3);
        using var killed = FollowerProcess.Start(log.Connection);
        Assert.Equal("3", await killed.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        await using var gate = await log.Source.OpenConnectionAsync();
        await using var transaction = await gate.BeginTransactionAsync();
        await log.Execute($"""
            create function wait() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7); return new; end $$;
            create trigger wait before insert or update on {table} for each row when (new::text ~ 'visits') execute function wait()
            """);
        await using (var closed = new NpgsqlCommand("select pg_advisory_xact_lock(7)", gate))
        {
            await closed.ExecuteNonQueryAsync();
        }

        var last = await log.Visit("a", 4);
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await log.Scalar("select count(*) from pg_locks where locktype = 'advisory' and objid = 7 and not granted") == 0)
        {
            late.Token.ThrowIfCancellationRequested();
        }

        killed.Kill();
        await killed.WaitForExitAsync();
        await transaction.RollbackAsync();
        await using var host = new RunningHost(log.Host(new VisitsView()));
        await host.Shows(last);

        Assert.Equal(7, await log.Count("a"));
    }

    [Fact]
    public async Task When_the_process_that_follows_the_log_is_killed_the_one_that_stands_by_goes_on()
    {
        var folds = 0;
        await log.Visit("a", 3);
        using var leader = FollowerProcess.Start(log.Connection);
        Assert.Equal("3", await leader.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));
        await using var host = new RunningHost(log.Host(new VisitsView(seen: _ => Interlocked.Increment(ref folds))));

        leader.Kill();
        await host.Shows(await log.Visit("a"));

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
