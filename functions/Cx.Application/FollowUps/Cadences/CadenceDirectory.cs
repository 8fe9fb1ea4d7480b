using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Marten;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>The cadences of shops: as they are shipped, and as marketing changed them.</summary>
public sealed class CadenceDirectory(IDocumentStore marten, MartenEventStore store, TimeProvider clock)
{
    /// <summary>In the order of their slugs.</summary>
    public async Task<IReadOnlyList<Cadence>> List(ShopId shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        var stored = await MartenFailures.Unwrapped(session.QueryAsync<Cadence>("where d.tenant_id = ? order by d.id", ct, shop.Value));
        var shipped = Cadence.Shipped(DefaultCadences.PostSale.Slug)!;
        return [.. (stored.Any(c => c.Slug == shipped.Slug) ? stored : stored.Append(shipped)).OrderBy(c => c.Slug, StringComparer.Ordinal)];
    }

    /// <summary>None where the shop has none of that name.</summary>
    public async Task<Cadence?> Find(ShopId shop, string slug, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return await MartenFailures.Unwrapped(session.LoadAsync<Cadence>(Cadence.StreamOf(slug), ct)) ?? Cadence.Shipped(slug);
    }

    /// <summary>
    /// Decides about a cadence, and commits its events, what they change for the shop, and what is written down of them, in one transaction: customers whose
    /// plans that concerns become due.
    /// </summary>
    /// <param name="decide">Given none where the shop has none of that name.</param>
    public async Task<Cadence?> Change(ShopId shop, string slug, Func<Cadence?, DateTimeOffset, IReadOnlyList<IEvent>> decide, Audit? audit, CancellationToken ct)
    {
        var updated = await store.Update<Cadence>(shop, Cadence.StreamOf(slug), stored =>
        {
            var (before, at) = (stored ?? Cadence.Shipped(slug), clock.GetUtcNow());
            var events = decide(before, at);
            var ofShop = new List<IEvent>();
            var after = before;
            foreach (var e in events)
            {
                after = Cadence.Evolve(after, shop, e)!;
                ofShop.AddRange(CadenceSwitched.Of(after, e) is { } switched ? [switched] : []);
            }

            var correlation = Activity.Current?.TraceId.ToString() ?? "api";
            return ValueTask.FromResult(new StreamChange(events, audit is null ? [] : [AuditLog.Of(shop, audit, correlation, at)]) { OfShop = ofShop });
        }, ct);
        return updated.After ?? Cadence.Shipped(slug);
    }
}
