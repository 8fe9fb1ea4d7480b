using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.FollowUps.Simulating;
using Cx.Domain.Shops;
using Cx.Domain.Silence;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Reads what was in force in a shop from which instant: its settings, policy, cadences, switch and outages.</summary>
public static class ShopTimelines
{
    private const string Changes = """
        select type, data, version, timestamp from mt_events where tenant_id = $1 and stream_id = any($2) and type = any($3) and timestamp <= $4 order by seq_id
        """;

    private static readonly string Cadences = $"select id from {Snapshots.Cadences} where tenant_id = $1 order by id";

    private static readonly string[] OfShop =
    [
        .. new[]
        {
            typeof(ShopConfigured), typeof(SendingSwitched), typeof(WakingInterrupted), typeof(PolicyPublished), typeof(CadenceSwitched), typeof(SecondOrderGapMeasured),
        }.Select(EventCatalog.NameOf),
    ];

    /// <param name="to">What was recorded later is left out.</param>
    /// <returns>None where the shop was set up later.</returns>
    public static async Task<ShopTimeline?> Read(NpgsqlConnection connection, ShopId shop, DateTimeOffset to, CancellationToken ct)
    {
        var cadences = await connection.Rows(Cadences, r => r.GetString(0), ct, Sql.Text(shop.Value));
        var published = await Read(connection, shop, [.. cadences], [EventCatalog.NameOf(typeof(CadencePublished))], to, ct);
        var changes = await Read(connection, shop, [Shop.StreamKey], OfShop, to, ct);
        return changes.Count == 0 ? null : ShopTimeline.Of(shop, changes, [DefaultCadences.PostSale, .. published.Select(p => ((CadencePublished)p.Event).Document)]);
    }

    private static Task<IReadOnlyList<ShopChange>> Read(NpgsqlConnection connection, ShopId shop, string[] streams, string[] types, DateTimeOffset to, CancellationToken ct) => connection.Rows(
        Changes, r => new ShopChange(EventCatalog.Read(r.GetString(0), r.GetFieldValue<byte[]>(1)), r.GetInt64(2), r.GetFieldValue<DateTimeOffset>(3)), ct,
        Sql.Text(shop.Value), Sql.Texts(streams), Sql.Texts(types), Sql.Instant(to));
}
