using Cx.Application.EventStore;
using Cx.Application.FollowUps.Simulations;
using Cx.Domain.FollowUps.Simulating;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using static Cx.Tests.FollowUps.Simulations.SimulationApiTests;

namespace Cx.Tests.FollowUps.Simulations;

/// <summary>Which process runs a simulation, and what becomes of it where that process is killed, stopped or told to end it.</summary>
public sealed class SimulationQueueTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}/cadences/post-sale/simulations";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task Another_process_goes_on_from_where_a_killed_one_was_and_the_result_is_that_of_an_undisturbed_run()
    {
        await using var host = await Traded(clock, buyers: 4);
        var killed = new SimulationQueue(host.Database, new Instance());
        var body = $$"""{"to": "{{clock.GetUtcNow():O}}"}""";
        await Ask(host, body);
        await host.Get<SimulationRunner>().RunNext(default);
        var id = await Ask(host, body);
        var claimed = (await killed.TryClaim(clock.GetUtcNow(), default))!;
        await SaveHalf(host, killed, claimed);

        Assert.False(await host.Get<SimulationRunner>().RunNext(default));
        Assert.Equal(0.5, (double)(await host.Read($"{Path}/{id}"))["progress"]!);
        await LeasePasses(host);
        Assert.True(await host.Get<SimulationRunner>().RunNext(default));

        Assert.Equal("done", (string?)(await host.Read($"{Path}/{id}"))["state"]);
        Assert.Equal(1, await Number(host, "select count(distinct result::text) from cx_simulations where state = 'done'"));
        Assert.Equal(4, (await host.Read($"{Path}/{id}/differences"))["items"]!.AsArray().Count);
        Assert.False(await killed.Renew(claimed, 0.7, default));
    }

    [Fact]
    public async Task One_runs_at_a_time_and_the_one_that_waits_longest_first()
    {
        await using var host = await Traded(clock, buyers: 1);
        var (first, second) = (await Ask(host), await Ask(host));
        var (one, other) = (new SimulationQueue(host.Database, new Instance()), new SimulationQueue(host.Database, new Instance()));

        var claims = await Task.WhenAll(one.TryClaim(clock.GetUtcNow(), default), other.TryClaim(clock.GetUtcNow(), default));

        Assert.Equal(first, Assert.Single(claims, c => c is not null)!.Id);
        Assert.Equal(("running", "queued"), (await State(host, first), await State(host, second)));
        await LeasePasses(host);
        await host.Get<SimulationRunner>().RunNext(default);
        await host.Get<SimulationRunner>().RunNext(default);
        Assert.Equal(("done", "done"), (await State(host, first), await State(host, second)));
    }

    [Fact]
    public async Task A_cancelled_one_keeps_nothing_of_what_its_process_still_writes()
    {
        await using var host = await Traded(clock, buyers: 2);
        var running = new SimulationQueue(host.Database, new Instance());
        var id = await Ask(host);
        var claimed = (await running.TryClaim(clock.GetUtcNow(), default))!;
        Assert.True(await SaveHalf(host, running, claimed));

        await host.Client.DeleteAsync($"{Path}/{id}");

        Assert.Equal("cancelled", await State(host, id));
        Assert.False(await SaveHalf(host, running, claimed));
        Assert.False(await running.Renew(claimed, 1, default));
        Assert.Equal(0, await Number(host, "select count(*) from cx_simulated_customers"));
        Assert.False(await host.Get<SimulationRunner>().RunNext(default));
    }

    [Fact]
    public async Task A_process_that_stops_leaves_it_to_the_next_at_once()
    {
        await using var host = await Traded(clock, buyers: 2);
        var id = await Ask(host);
        await using var locked = await host.Database.OpenConnectionAsync();
        await using var transaction = await locked.BeginTransactionAsync();
        await using var command = new Npgsql.NpgsqlCommand("lock table cx_customers in access exclusive mode", locked, transaction);
        await command.ExecuteNonQueryAsync();
        using var stopping = new CancellationTokenSource();
        var run = host.Get<SimulationRunner>().RunNext(stopping.Token);
        while (await State(host, id) != "running")
        {
            await Task.Yield();
        }

        await stopping.CancelAsync();
        Assert.True(await run);
        await transaction.RollbackAsync();

        Assert.True(await host.Get<SimulationRunner>().RunNext(default));
        Assert.Equal("done", await State(host, id));
        Assert.Equal(1, await Number(host, "select attempts::bigint from cx_simulations"));
    }

    [Fact]
    public async Task One_that_ends_every_process_is_given_up()
    {
        await using var host = await Traded(clock, buyers: 1);
        var id = await Ask(host);
        for (var i = 0; i < 10; i++)
        {
            Assert.NotNull(await new SimulationQueue(host.Database, new Instance()).TryClaim(clock.GetUtcNow(), default));
            await LeasePasses(host);
        }

        await host.Get<SimulationRunner>().RunNext(default);

        var failed = await host.Read($"{Path}/{id}");
        Assert.Equal("failed", (string?)failed["state"]);
        Assert.Contains("10 times", (string)failed["failure"]!, StringComparison.Ordinal);
        Assert.Equal("not-done", await (await host.Client.GetAsync($"{Path}/{id}/differences")).Code());
    }

    // As the runner does it, for the first two of four customers.
    private static async Task<bool> SaveHalf(ApiHost host, SimulationQueue queue, ClaimedSimulation claimed)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        var timeline = (await ShopTimelines.Read(connection, claimed.Shop, claimed.Input.To, default))!;
        var simulator = new Simulator(claimed.Input.Plan(timeline));
        var all = await host.Get<CustomerHistories>().Read(connection, new(timeline.Moments[^1].Facts, claimed.Input.To, null, _ => true, 1_000, 1), default);
        var outcomes = all.Histories.Take(all.Histories.Count / 2).Select(simulator.Run).ToList();
        var tally = new SimulationTally();
        outcomes.ForEach(tally.Add);
        var checkpoint = new SimulationCheckpoint(all.Histories.Count, outcomes.Count, outcomes[^1].Customer, outcomes.Count, 0, tally);
        return await queue.Save(connection, claimed, checkpoint, [.. outcomes.Select(o => new SimulatedCustomer(o.Customer, o.Differences, []))], default);
    }

    private static Task<long> LeasePasses(ApiHost host) =>
        Number(host, "with passed as (update cx_simulations set leased_until = clock_timestamp() where leased_until is not null returning 1) select count(*) from passed");

    private async Task<string> Ask(ApiHost host, string body = "{}")
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        return (string)(await (await host.Client.PostAsync(Path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"))).Json())["id"]!;
    }

    private static async Task<string> State(ApiHost host, string id) => (string)(await host.Read($"{Path}/{id}"))["state"]!;
}
