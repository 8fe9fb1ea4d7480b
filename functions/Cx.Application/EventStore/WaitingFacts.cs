using System.Text.Json;
using Cx.Application.EventStore.Postgres;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Privacy;

namespace Cx.Application.EventStore;

/// <summary>What a waiting delivery reports: its personal values are sealed under a key of its own until it is known whose they are.</summary>
internal static class WaitingFacts
{
    private sealed record Fact(string Type, JsonElement Data);

    public static WaitingRow Seal(InstallationKeys keys, ShopId shop, Delivery delivery)
    {
        using var key = CustomerKey.Create();
        using var sealer = new Sealer(key);
        var facts = delivery.Facts.Select(f => f.Sealed(sealer.Seal)).Select(f => new Fact(EventCatalog.NameOf(f), JsonSerializer.SerializeToElement(f, f.GetType(), EventCatalog.Json)));
        var wrapped = key.Wrap(keys, shop, Owner(delivery.Key));
        return new(0, [], delivery.Key, delivery.Source, wrapped.Version, wrapped.Bytes, JsonSerializer.SerializeToUtf8Bytes(facts, EventCatalog.Json));
    }

    public static IReadOnlyList<ICustomerEvent> Open(InstallationKeys keys, ShopId shop, WaitingRow row)
    {
        using var key = CustomerKey.Unwrap(keys, row.KeyVersion, row.Key, shop, Owner(row.Delivery));
        using var sealer = new Sealer(key);
        Personal? Open(Personal? value) => value is null ? null : Personal.Clear(sealer.Open(value));
        return [.. JsonSerializer.Deserialize<Fact[]>(row.Facts, EventCatalog.Json)!
            .Select(f => ((ICustomerEvent)EventCatalog.Read(f.Type, JsonSerializer.SerializeToUtf8Bytes(f.Data))).Sealed(Open))];
    }

    /// <summary>The key of a waiting delivery under the current version of the wrapping key; for <see cref="Rewrapping"/>.</summary>
    public static Wrapped Rewrap(InstallationKeys keys, ShopId shop, string delivery, Wrapped old) => CustomerKey.Rewrap(keys, old, shop, Owner(delivery));

    // The key belongs to the delivery as a customer's key belongs to the customer.
    private static CustomerId Owner(byte[] delivery) => Owner(Correlations.Of(delivery));

    private static CustomerId Owner(string delivery) => new("waiting-" + delivery);
}
