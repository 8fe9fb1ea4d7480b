using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Npgsql;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>A follow-up that runs, and whose it is.</summary>
public sealed record RunningFollowUp(CustomerId Customer, FollowUpId Id, FollowUp FollowUp);

/// <summary>Finds the follow-ups of a shop that run.</summary>
public sealed class RunningFollowUps(NpgsqlDataSource database)
{
    // The condition is that of the index.
    private static readonly string Running = $"from cx_states where shop = $1 and kind = {(int)ItemKind.FollowUp} and reach = {(int)Reach.Always} and data ->> 'endedAt' is null";

    private static readonly string Counts = $"select data ->> 'cadence', count(*) {Running} group by 1";

    private static readonly string OfCadence = $"select customer, id, data {Running} and id > $2 and data ->> 'cadence' = $3 order by id limit $4";

    /// <summary>How many there are, by cadence.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Count(ShopId shop, CancellationToken ct) =>
        (await database.Rows(Counts, r => (Cadence: r.GetString(0), Count: r.GetInt64(1)), ct, Sql.Text(shop.Value))).ToDictionary(r => r.Cadence, r => r.Count, StringComparer.Ordinal);

    /// <summary>Those of one cadence, in the order of their ids.</summary>
    /// <param name="after">The id after which the list goes on; none at its beginning.</param>
    public async Task<IReadOnlyList<RunningFollowUp>> Of(ShopId shop, string cadence, string? after, int limit, CancellationToken ct) => await database.Rows(
        OfCadence,
        r => new RunningFollowUp(new(r.GetString(0)), new(r.GetString(1)), JsonSerializer.Deserialize<FollowUp>(r.GetFieldValue<byte[]>(2), EventCatalog.Json)!),
        ct, Sql.Text(shop.Value), Sql.Text(after ?? ""), Sql.Text(cadence), Sql.Int(limit));
}
