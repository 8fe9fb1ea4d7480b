using System.Collections.Concurrent;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Offers;

namespace Cx.Application.Offers;

/// <summary>
/// Looks up what may be offered to a customer in the affinity view. What concerns the whole shop, best-sellers in all and by category,
/// is cached for five minutes.
/// </summary>
/// <param name="clock">The business clock: products count by their age.</param>
public sealed class OfferSource(ViewReader views, TimeProvider clock)
{
    // The pairs of one product that are read, those with the largest sums: a strong affinity among rarer pairs is unlikely.
    private const int MostPairs = 200;

    private const int MostOfCategory = 50;

    private const int MostCached = 10_000;

    private static readonly TimeSpan CachedFor = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(ShopId Shop, string Category), (DateTimeOffset At, IReadOnlyList<Item> Items)> cache = new();

    public async Task<IReadOnlyList<OfferedProduct>> For(ShopId shop, Customer customer, CancellationToken ct)
    {
        var seeds = Offering.Seeds(customer);
        return seeds.Count == 0 ? [] : Offering.Choose(customer, await CandidatesFor(shop, seeds, ct), clock.GetUtcNow());
    }

    private async Task<Candidates> CandidatesFor(ShopId shop, IReadOnlyList<Seed> seeds, CancellationToken ct)
    {
        var prefixes = seeds.ToDictionary(s => AffinityKeys.Pairs(s.Product), s => s.Product, StringComparer.Ordinal);
        var pairs = (await views.Largest<Pair>(AffinityView.ViewName, shop, prefixes.Keys, "sum", new { }, MostPairs, ct))
            .ToLookup(r => prefixes[r.Key[..(r.Key.LastIndexOf('/') + 1)]], r => r.Row);
        string[] keys = [.. seeds.Select(s => s.Product).Concat(pairs.SelectMany(p => p).Select(p => p.With)).Distinct().Select(AffinityKeys.Item)];
        var items = (await views.Find<Item>(AffinityView.ViewName, shop, keys, ct)).Values.ToDictionary(i => i.Product);

        var known = Candidates.None with { Items = items, Pairs = pairs.ToDictionary(p => p.Key, p => (IReadOnlyList<Pair>)[.. p]) };
        var sameCategory = new List<Item>();
        foreach (var category in seeds.Select(s => Offering.CategoryOf(s, known)).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            sameCategory.AddRange(await BestSellers(shop, category, ct));
        }

        return known with { SameCategory = sameCategory, BestSellers = await BestSellers(shop, category: "", ct) };
    }

    private async Task<IReadOnlyList<Item>> BestSellers(ShopId shop, string category, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (cache.TryGetValue((shop, category), out var known) && now - known.At < CachedFor)
            return known.Items;

        object having = category.Length == 0 ? new { } : new { category };
        IReadOnlyList<Item> items = [.. (await views.Largest<Item>(AffinityView.ViewName, shop, [AffinityKeys.Items], "sum", having, MostOfCategory, ct)).Select(r => r.Row)];
        if (cache.Count >= MostCached)
            cache.Clear();
        cache[(shop, category)] = (now, items);
        return items;
    }
}
