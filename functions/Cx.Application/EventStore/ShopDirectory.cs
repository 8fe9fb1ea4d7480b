using System.Collections.Concurrent;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Marten;
using Npgsql;
using SessionOptions = Marten.Services.SessionOptions;

namespace Cx.Application.EventStore;

/// <summary>No such shop.</summary>
public sealed class UnknownShopException(ShopId shop) : Exception($"There is no shop {shop}.");

/// <summary>
/// The shops: as they were set, and their facts, which are kept in memory by version: a newer version in the database brings newer facts.
/// </summary>
public sealed class ShopDirectory(IDocumentStore marten)
{
    private const string After = "where d.tenant_id > ? order by d.tenant_id limit ?";

    // Of each stream the versions that were published in it, however many drafts were saved between.
    private const string Published = "select data from mt_events where tenant_id = $1 and stream_id = any($2) and type = 'cadence-published.v1' order by seq_id";

    private readonly ConcurrentDictionary<ShopId, ShopFacts> known = new();

    /// <summary>The facts at a version that was read with the rows a decision is about, or newer ones.</summary>
    /// <param name="connection">The one that read those rows: to hold it while waiting for a second one could exhaust the pool for
    /// ever.</param>
    /// <exception cref="UnknownShopException">The version is 0.</exception>
    public async ValueTask<ShopFacts> Get(ShopId shop, long version, NpgsqlConnection connection, CancellationToken ct)
    {
        if (version == 0)
        {
            throw new UnknownShopException(shop);
        }

        if (known.TryGetValue(shop, out var facts) && facts.Version >= version)
        {
            return facts;
        }

        // Disposing of the session would close the connection, which is the caller's, and it holds nothing else.
        var options = SessionOptions.ForConnection(connection);
        options.TenantId = shop.Value;
        var session = marten.QuerySession(options);
        return await MartenFailures.Unwrapped(session.LoadAsync<Shop>(Shop.StreamKey, ct)) is { } found
            ? await Remember(found, session, ct)
            : throw new UnknownShopException(shop);
    }

    /// <summary>The facts as they are now; none when there is no such shop.</summary>
    public async Task<ShopFacts?> Get(ShopId shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return await MartenFailures.Unwrapped(session.LoadAsync<Shop>(Shop.StreamKey, ct)) is { } found ? await Remember(found, session, ct) : null;
    }

    /// <summary>The facts as this process last read them, so mostly without a query; none when there is no such shop.</summary>
    public async ValueTask<ShopFacts?> Recent(ShopId shop, CancellationToken ct) => known.TryGetValue(shop, out var facts) ? facts : await Get(shop, ct);

    /// <summary>A shop as it was set; none when there is no such shop.</summary>
    public async Task<Shop?> Find(ShopId shop, CancellationToken ct)
    {
        await using var session = marten.QuerySession(shop.Value);
        return await MartenFailures.Unwrapped(session.LoadAsync<Shop>(Shop.StreamKey, ct));
    }

    /// <summary>Shops in the order of their ids.</summary>
    public async Task<IReadOnlyList<Shop>> List(string? after, int limit, CancellationToken ct)
    {
        await using var session = marten.QuerySession();
        return await MartenFailures.Unwrapped(session.QueryAsync<Shop>(After, ct, after ?? "", limit));
    }

    private async ValueTask<ShopFacts> Remember(Shop shop, IQuerySession session, CancellationToken ct)
    {
        var facts = ShopFacts.Of(shop, await Documents(shop, session, ct));
        return known.AddOrUpdate(shop.Id, facts, (_, old) => old.Version > facts.Version ? old : facts);
    }

    // A version never changes: only those that are not in memory are read.
    private async ValueTask<IReadOnlyList<CadenceDocument>> Documents(Shop shop, IQuerySession session, CancellationToken ct)
    {
        var before = known.GetValueOrDefault(shop.Id);
        var unread = shop.Cadences.Where(c => c.Value.Version > 0 && before?.Cadence(c.Key, c.Value.Version) is null).Select(c => c.Key).ToHashSet(StringComparer.Ordinal);
        var documents = (before?.Cadences ?? []).Where(c => c != DefaultCadences.PostSale && !unread.Contains(c.Slug)).ToList();
        if (unread.Count > 0)
        {
            await using var command = Sql.Single(Published, Sql.Text(shop.Id.Value), Sql.Texts([.. unread.Select(Cadence.StreamOf)]));
            await using var reader = await MartenFailures.Unwrapped(session.ExecuteReaderAsync(command, ct));
            while (await reader.ReadAsync(ct))
            {
                documents.Add(((CadencePublished)EventCatalog.Read("cadence-published.v1", reader.GetFieldValue<byte[]>(0))).Document);
            }
        }

        return documents;
    }
}
