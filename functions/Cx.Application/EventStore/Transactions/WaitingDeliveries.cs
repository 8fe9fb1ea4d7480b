using System.Text.Json;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Privacy;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>A delivery that waits for an order or conversation to become known, once for each reference it names.</summary>
/// <param name="KeyVersion">The version of the wrapping key.</param>
/// <param name="Key">The delivery's own key, under which the personal values of its facts are sealed.</param>
internal sealed record WaitingDelivery(short Kind, byte[] Hash, byte[] Delivery, string Source, int KeyVersion, byte[] Key, byte[] Facts);

/// <summary>
/// The facts of waiting deliveries. Their personal values are sealed under a key of each delivery's own until it is known whose they are.
/// </summary>
internal static class WaitingDeliveries
{
    // A delivery may wait for several references, and each of these may be awaited by further deliveries: all are applied at once.
    private const string Reached = """
        with recursive reached (kind, hash, delivery) as (
          select w.kind, w.hash, w.delivery from unnest($2, $3) i (kind, hash) join cx_waiting w on w.shop = $1 and w.kind = i.kind and w.hash = i.hash
          union
          select w.kind, w.hash, w.delivery
          from reached r join cx_waiting w on w.shop = $1 and (w.delivery = r.delivery or (w.kind = r.kind and w.hash = r.hash)))
        select w.kind, w.hash, w.delivery, w.source, w.key_version, w.key, w.facts
        from reached r join cx_waiting w on w.shop = $1 and w.kind = r.kind and w.hash = r.hash and w.delivery = r.delivery
        order by w.received_at, w.delivery
        """;

    private sealed record Fact(string Type, JsonElement Data);

    /// <summary>The deliveries that wait for any of the references, in the order in which they came.</summary>
    public static async Task<IReadOnlyList<WaitingDelivery>> Read(
        NpgsqlConnection connection, ShopId shop, IReadOnlyList<Claim> references, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Reached, connection)
        {
            Parameters = { Sql.Text(shop.Value), Sql.Shorts([.. references.Select(r => (short)r.Kind)]), Sql.Bytes([.. references.Select(r => r.Hash.Hash)]) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<WaitingDelivery>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new(
                reader.GetInt16(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2), reader.GetString(3), reader.GetInt32(4),
                reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6)));
        }

        return rows;
    }

    public static WaitingDelivery Seal(InstallationKeys keys, ShopId shop, Delivery delivery)
    {
        using var key = CustomerKey.Create();
        using var sealer = new Sealer(key);
        var facts = delivery.Facts
            .Select(f => GivenIds.Stored(f, customer: null, Lookup.GivenId(keys, shop)).Sealed(sealer.Seal))
            .Select(f => new Fact(EventCatalog.NameOf(f), JsonSerializer.SerializeToElement(f, f.GetType(), EventCatalog.Json)));
        var wrapped = key.Wrap(keys, shop, Owner(Correlations.Of(delivery.Key)));
        return new(0, [], delivery.Key, delivery.Source, wrapped.Version, wrapped.Bytes, JsonSerializer.SerializeToUtf8Bytes(facts, EventCatalog.Json));
    }

    public static IReadOnlyList<ICustomerEvent> Open(InstallationKeys keys, ShopId shop, WaitingDelivery row)
    {
        using var key = CustomerKey.Unwrap(keys, row.KeyVersion, row.Key, shop, Owner(Correlations.Of(row.Delivery)));
        using var sealer = new Sealer(key);
        Personal? Open(Personal? value) => value is null ? null : Personal.Clear(sealer.Open(value));
        return [.. JsonSerializer.Deserialize<Fact[]>(row.Facts, EventCatalog.Json)!
            .Select(f => ((ICustomerEvent)EventCatalog.Read(f.Type, JsonSerializer.SerializeToUtf8Bytes(f.Data))).Sealed(Open))];
    }

    /// <summary>The key of a waiting delivery under the current version of the wrapping key; for <see cref="Rewrapping"/>.</summary>
    public static Wrapped Rewrap(InstallationKeys keys, ShopId shop, string delivery, Wrapped old) =>
        CustomerKey.Rewrap(keys, old, shop, Owner(delivery));

    // The key belongs to the delivery as a customer's key belongs to the customer.
    private static CustomerId Owner(string delivery) => new("waiting-" + delivery);
}
