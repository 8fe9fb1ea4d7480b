using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Marten;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>The cadences of shops: as they are shipped, and as marketing changed them.</summary>
public sealed class CadenceDirectory(IDocumentStore marten, MartenEventStore store, TimeProvider clock)
{
    /// <summary>In the order of their slugs, the shipped ones that nobody has changed included.</summary>
    public async Task<IReadOnlyList<Cadence>> List(ShopFacts shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Id.Value);
        var stored = await MartenFailures.Unwrapped(session.QueryAsync<Cadence>("where d.tenant_id = ? order by d.id", ct, shop.Id.Value));
        var shipped = DefaultCadences.All.Select(c => Cadence.Shipped(c.Slug, shop.Languages[0])!);
        return [.. stored.Concat(shipped).DistinctBy(c => c.Slug).OrderBy(c => c.Slug, StringComparer.Ordinal)];
    }

    /// <summary>None where the shop has none of that name.</summary>
    public async Task<Cadence?> Find(ShopFacts shop, string slug, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Id.Value);
        return await MartenFailures.Unwrapped(session.LoadAsync<Cadence>(Cadence.StreamOf(slug), ct)) ?? Cadence.Shipped(slug, shop.Languages[0]);
    }

    /// <summary>
    /// Decides about a cadence, and commits its events, what they change for the shop, and what is written down of them, in one transaction: customers whose
    /// plans that concerns become due.
    /// </summary>
    /// <param name="decide">Given none where the shop has none of that name.</param>
    public async Task<Cadence?> Change(ShopFacts shop, string slug, Func<Cadence?, DateTimeOffset, IReadOnlyList<IEvent>> decide, Audit? audit, CancellationToken ct)
    {
        var updated = await store.Update<Cadence>(shop.Id, Cadence.StreamOf(slug), stored =>
        {
            var (before, at) = (stored ?? Cadence.Shipped(slug, shop.Languages[0]), clock.GetUtcNow());
            var events = decide(before, at);
            var ofShop = new List<IEvent>();
            var after = before;
            foreach (var e in events)
            {
                after = Cadence.Evolve(after, shop.Id, e)!;
                ofShop.AddRange(CadenceSwitched.Of(after, e) is { } switched ? [switched] : []);
            }

            var correlation = Activity.Current?.TraceId.ToString() ?? "api";
            return ValueTask.FromResult(new StreamChange(events, audit is null ? [] : [AuditLog.Of(shop.Id, audit, correlation, at)]) { OfShop = ofShop });
        }, ct);
        return updated.After ?? Cadence.Shipped(slug, shop.Languages[0]);
    }
}
