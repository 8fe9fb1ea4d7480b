using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.EndToEnd;

/// <summary>Simulations on the running host: its own worker, a process that is killed while it runs one, and an erasure afterwards.</summary>
public sealed class SimulationTests(Running running) : IClassFixture<Running>
{
    private const string Simulations = "/cadences/post-sale/simulations";

    [Fact]
    public async Task An_erasure_removes_a_person_from_what_was_simulated()
    {
        using var shop = await running.Open("simulated-erasure");
        const string Email = "hildegarda@simulated.example";
        await FollowUpTests.Deliver(shop, Email, 901);
        await FollowUpTests.Deliver(shop, "ada@simulated.example", 902);
        await shop.Advance("P8D");
        var customer = (await shop.PathOf(Email)).Split('/')[^1];
        var id = await Ask(shop);
        var done = await Ended(shop, id);
        Assert.Equal("done", (string?)done["state"]);
        Assert.Contains(done["result"]!["messages"]!.AsArray(), m => (string?)m!["customer"] == customer && ((string)m["text"]!).Length > 50);
        Assert.Equal(2, (await shop.All($"{Simulations}/{id}/differences")).Count);
        Assert.DoesNotContain("@simulated.example", done.ToJsonString(), StringComparison.OrdinalIgnoreCase);

        Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync($"{shop.Path}/customers/{customer}")).StatusCode);

        var after = await shop.Get($"{Simulations}/{id}");
        Assert.NotEmpty(after["result"]!["messages"]!.AsArray());
        Assert.DoesNotContain(customer, after.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(await shop.All($"{Simulations}/{id}/differences"), d => (string?)d["customer"] == customer);
        Assert.Equal(0, await running.Tables.Number($"select count(*) from cx_simulated_customers where shop = $1 and customer = '{customer}'", shop.Name));
        Assert.Equal(0, await running.Tables.Number($"select count(*) from cx_simulations where shop = $1 and (result::text like '%{customer}%' or checkpoint is not null)", shop.Name));
        var dump = await Dump.Of(running.Tables.Connection);
        Assert.All(PrivacyTests.Spellings(Email), spelling => Assert.DoesNotContain(spelling, dump, StringComparison.OrdinalIgnoreCase));

        var again = await Ended(shop, await Ask(shop));
        Assert.Equal(1, (int)again["result"]!["customers"]!);
    }

    [Fact]
    public async Task A_running_one_is_cancelled()
    {
        using var shop = await running.Open("simulated-cancel");
        await FollowUpTests.Deliver(shop, "ada@cancel.example", 911);
        string id;
        await using (await Hold(running.Tables.Connection))
        {
            id = await Ask(shop);
            await Until(shop, id, s => (string?)s["state"] == "running");
            Assert.Equal(HttpStatusCode.NoContent, (await shop.Api.DeleteAsync($"{shop.Path}{Simulations}/{id}")).StatusCode);
            Assert.Equal("cancelled", (string?)(await shop.Get($"{Simulations}/{id}"))["state"]);
        }

        Assert.Equal("done", (string?)(await Ended(shop, await Ask(shop)))["state"]);
        Assert.Equal("cancelled", (string?)(await shop.Get($"{Simulations}/{id}"))["state"]);
    }

    [Fact]
    public async Task After_kill_9_another_process_goes_on()
    {
        var database = await Database.Prepared();
        using var folder = TestFolder.Create();
        await using var tables = new Tables(database);
        var arguments = Installation.Arguments(database, folder.Data.Path);
        string id;
        await using (var doomed = await HostProcess.Start(arguments))
        {
            using var shop = await Shop.Open(doomed.Address, "simulated-kill", "on");
            await FollowUpTests.Deliver(shop, "ada@kill.example", 921);
            await shop.Advance("P8D");
            await using (await Hold(database))
            {
                id = await Ask(shop);
                await Until(shop, id, s => (string?)s["state"] == "running");
                await doomed.Kill();
            }
        }

        // As twenty seconds do.
        await tables.Run("update cx_simulations set leased_until = clock_timestamp()");
        await using var next = await HostProcess.Start(arguments);
        using var same = new Shop(next.Address, "simulated-kill");

        var done = await Ended(same, id);

        Assert.Equal(("done", 1), ((string?)done["state"], (int)done["result"]!["customers"]!));
        Assert.Equal(2, await tables.Number("select attempts::bigint from cx_simulations where shop = $1", "simulated-kill"));
    }

    private static async Task<string> Ask(Shop shop)
    {
        var document = JsonNode.Parse((await shop.Get("/cadences/post-sale"))["document"]!.ToJsonString())!;
        document["steps"]![1]!["anchor"]!["days"] = 30;
        return (string)(await shop.Post(Simulations, new { document }))["id"]!;
    }

    private static Task<JsonNode> Ended(Shop shop, string id) => Until(shop, id, s => s["endedAt"] is not null);

    private static async Task<JsonNode> Until(Shop shop, string id, Func<JsonNode, bool> holds)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!late.IsCancellationRequested)
        {
            var simulation = await shop.Get($"{Simulations}/{id}");
            if (holds(simulation))
            {
                return simulation;
            }
        }

        throw new TimeoutException($"The simulation {id} did not come so far.");
    }

    // The log cannot be read until this ends: a simulation that has begun waits.
    private static async Task<NpgsqlConnection> Hold(string database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("begin; lock table cx_customers in access exclusive mode", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
