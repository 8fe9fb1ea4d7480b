using System.Data.Common;
using Cx.Application.EventStore;
using Cx.Domain;

namespace Cx.Application.Shops;

/// <summary>Changes a shop from what it was read as: whoever was faster is read first, and the change decided anew.</summary>
public sealed class ShopChanges(ShopDirectory shops, IEventStore store)
{
    private const string SerializationFailure = "40001";

    private const int MaxTries = 10;

    /// <param name="decide">The change to the shop as it stands (none: it is new), or null when it is so already.</param>
    /// <returns>The shop as it then is.</returns>
    public async Task<StoredShop> Apply(ShopId shop, Func<StoredShop?, (IEvent Event, ShopRow Row)?> decide, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var known = await shops.Find(shop, ct);
            if (decide(known) is not var (e, row))
            {
                return known!;
            }

            try
            {
                var version = known?.Version ?? 0;
                await store.Append(shop, ShopDirectory.Stream, [e], row, version, ct);
                return new(shop, version + 1, row);
            }
            catch (DbException failure) when (failure.SqlState == SerializationFailure && tries < MaxTries)
            {
                // Somebody else changed the shop.
            }
        }
    }
}
