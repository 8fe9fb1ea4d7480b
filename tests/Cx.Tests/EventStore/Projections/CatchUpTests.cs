using Cx.Application.EventStore.Projections;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using JasperFx.Events.Daemon;
using JasperFx.Events.Projections;

namespace Cx.Tests.EventStore.Projections;

/// <summary>Views where nothing always runs: each call waits until they are at the end of the log.</summary>
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

        Assert.True(await CatchUp());

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
    public async Task Two_processes_at_once_fold_everything_once()
    {
        await log.Visit("a", 3000);

        await Task.WhenAll(CatchUp(), CatchUp(), CatchUp());

        Assert.Equal(3000, await log.Count("a"));
    }

    [Fact]
    public async Task A_view_whose_lock_another_process_holds_and_does_not_use_is_passed_on()
    {
        await log.Visit("a", 1);
        await using var other = await log.Source.OpenConnectionAsync();
        var key = ProjectionLockIds.Compute("public", ShardName.Compose(VisitsView.ViewName), baseLockId: 4444);
        await using (var command = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({key})", other))
        {
            await command.ExecuteNonQueryAsync();
        }

        Assert.False(await CatchUp().WaitAsync(Timeout));

        Assert.Equal(0, await log.Count("a"));
    }

    [Fact]
    public async Task A_call_waits_for_the_process_that_holds_the_lock_and_folds_nothing_itself()
    {
        await log.Visit("a", 3);
        await using var holder = log.Host(new VisitsView());
        await holder.CatchUp(CancellationToken.None, CancellationToken.None);
        await log.Visit("a", 1);
        var folded = 0;

        Assert.True(await CatchUp(() => folded++));

        Assert.Equal((4, 0), (await log.Count("a"), folded));
    }

    [Fact]
    public async Task A_call_that_is_to_stop_keeps_what_was_read_and_the_next_continues_there()
    {
        await log.Visit("a", 5000);
        await log.Visit("a", 500);
        using var stopping = new CancellationTokenSource();
        using var goOn = new ManualResetEventSlim();
        await using (var host = log.Host(new VisitsView(seen: _ =>
        {
            stopping.Cancel();
            goOn.Wait(Timeout);
        })))
        {
            Assert.False(await host.CatchUp(stopping.Token, CancellationToken.None));
            goOn.Set();
            Assert.True(await host.CatchUp(CancellationToken.None, CancellationToken.None));
        }

        var folded = 0;
        await CatchUp(() => folded++);

        Assert.Equal((5500, 0), (await log.Count("a"), folded));
    }

    [Fact]
    public async Task What_stops_a_view_fails_the_call_and_the_next_call_tries_at_once()
    {
        await log.Visit("a", 3);
        await log.Execute("alter table cx_view_rows add constraint small check ((data ->> 'count')::int < 2)");
        await using var host = log.Host(new VisitsView());

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => host.CatchUp(CancellationToken.None, CancellationToken.None));
        Assert.IsType<Npgsql.PostgresException>(failure.GetBaseException());
        Assert.NotNull((await log.Failures.First).Error);
        await log.Execute("alter table cx_view_rows drop constraint small");
        Assert.True(await host.CatchUp(CancellationToken.None, CancellationToken.None));

        Assert.Equal(3, await log.Count("a"));
    }

    [Fact]
    public async Task An_older_version_leaves_the_view_to_the_newer()
    {
        await log.Visit("a", 4);
        await using (var newer = log.Host(new VisitsView(version: 2, step: 10)))
        {
            await newer.CatchUp(CancellationToken.None, CancellationToken.None);
        }

        await log.Visit("a", 1);

        Assert.True(await CatchUp());

        Assert.Equal(40, await log.Count("a"));
    }

    [Fact]
    public async Task A_view_is_given_the_events_of_a_former_name_too()
    {
        await using (var connection = await log.Source.OpenConnectionAsync())
        {
            ConsentGiven given = new(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, DateTimeOffset.UnixEpoch);
            await log.Append(connection, "a", [given, given]);
        }

        await log.Execute("update mt_events set type = 'consent-given.v1', data = data || '{\"wording\": \"Yes\"}' where version = 1");
        await using var host = log.Host(new VisitsView(of: typeof(ConsentGiven)));

        Assert.True(await host.CatchUp(CancellationToken.None, CancellationToken.None));

        Assert.Equal((2, 0), (await log.Count("a"), await log.Scalar("select count(*) from cx_failed_events")));
    }

    // Of a process of its own.
    private async Task<bool> CatchUp(Action? folding = null)
    {
        await using var host = log.Host(new VisitsView(seen: _ => folding?.Invoke()));
        return await host.CatchUp(CancellationToken.None, CancellationToken.None);
    }
}
