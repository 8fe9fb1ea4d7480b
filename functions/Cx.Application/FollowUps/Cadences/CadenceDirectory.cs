using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Explaining;
using Cx.Domain.Shops;
using Marten;
using Npgsql;
using IEvent = Cx.Domain.IEvent;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>The cadences of shops: as they are shipped, and as marketing changed them.</summary>
public sealed class CadenceDirectory(IDocumentStore marten, MartenEventStore store, NpgsqlDataSource database, TimeProvider clock)
{
    private const string Changes = """
        select type, data from mt_events where tenant_id = $1 and stream_id = any($2) and type = any($3) order by seq_id
        """;

    private static readonly string[] Switches =
        [.. new[] { typeof(CadencePublished), typeof(CadencePaused), typeof(CadenceResumed), typeof(CadenceArchived), typeof(SendingSwitched) }.Select(EventCatalog.NameOf)];

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

    /// <summary>How a cadence came to stand as it does; none where the shop has none of that name.</summary>
    public async Task<CadenceHistory?> History(ShopFacts shop, string slug, CancellationToken ct)
    {
        if (await Find(shop, slug, ct) is not { } cadence)
        {
            return null;
        }

        var changes = await database.Rows(
            Changes, r => EventCatalog.Read(r.GetString(0), r.GetFieldValue<byte[]>(1)), ct,
            Sql.Text(shop.Id.Value), Sql.Texts([Cadence.StreamOf(slug), Shop.StreamKey]), Sql.Texts(Switches));
        return new(cadence, [.. changes.Where(e => e is not SendingSwitched)], changes.OfType<SendingSwitched>().LastOrDefault()?.OccurredAt);
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
