using Cx.Application.EventStore;
using Microsoft.Extensions.Logging.Abstractions;
using Cx.Tests.Support;
using Npgsql;

namespace Cx.Tests.EventStore;

/// <summary>The session's settings keep plans on the indexes although they are made while tables are empty.</summary>
public sealed class PlanTests : IAsyncLifetime
{
    private StoreRig rig = null!;

    public async Task InitializeAsync() => rig = await StoreRig.Create(
        r => Task.FromResult<IEventStore>(Stores.On(r.Database, r.Keys, r.Clock)));

    public async Task DisposeAsync() => await rig.DisposeAsync();

    [Fact]
    public async Task The_next_due_customers_are_read_from_the_index_without_sorting()
    {
        await rig.Execute("insert into cx_customers (shop, id, version, fold, recorded_at, due_at) select 'bottega', 'c' || n, 1, 1, now(), now() from generate_series(1, 2000) n");
        await using var pool = new DatabaseAddress(rig.Connection).Pool();

        await using var explain = pool.CreateCommand("explain " + MartenEventStore.DueCustomers);
        explain.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = DateTime.UtcNow }, new() { Value = 100 } });
        await using var reader = await explain.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync())
        {
            plan.Add(reader.GetString(0));
        }

        Assert.Contains(plan, line => line.Contains("Index Scan using cx_customers_due", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("Sort", StringComparison.Ordinal));
    }
}
