using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Domain.Offers;
using Cx.Domain.Shops;
using Cx.Domain.Silence;

namespace Cx.Application.Offers;

/// <summary>
/// Records, for shops that ask for the silence of their customers, within how many days four of five who buy again do so: a fact of the shop, so that every decision
/// says which figure it was taken with.
/// </summary>
public sealed class SecondOrderGaps(ViewReader views, ShopDirectory shops, IEventStore store, TimeProvider clock)
{
    private const int BatchSize = 100;

    /// <summary>Measures each shop once.</summary>
    public async Task Measure(CancellationToken ct)
    {
        string? last = "";
        while (last is not null)
        {
            var page = await shops.List(last, BatchSize, ct);
            foreach (var shop in page)
            {
                await Measure(shop.Id, ct);
            }

            last = page.Count == BatchSize ? page[^1].Id.Value : null;
        }
    }

    private async Task Measure(ShopId shop, CancellationToken ct)
    {
        if (await shops.Get(shop, ct) is not { AsksForSilence: true })
        {
            return;
        }

        var found = await views.Find<SecondOrders>(AffinityView.ViewName, shop, [AffinityKeys.SecondOrders], ct);
        var days = found.GetValueOrDefault(AffinityKeys.SecondOrders)?.Percentile80();
        await store.Update<Shop>(shop, Shop.StreamKey, known => SecondOrderGapMeasured.Decide(known!, days, clock.GetUtcNow()), ct);
    }
}
