using System.Collections.Concurrent;
using System.Text.Json;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Shops;
using Marten;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>What verifies and bounds the deliveries of one source of one shop.</summary>
/// <param name="Secrets">One, or two while one is being replaced by the other.</param>
public sealed record SourceSettings(IReadOnlyList<string> Secrets, int RequestsPerSecond = SourceSettings.DefaultRequestsPerSecond)
{
    public const int DefaultRequestsPerSecond = 1000;
}

/// <summary>
/// The shops' sources, kept open in memory. The log says which there are; their secrets lie sealed beside it, where they can be rewrapped and deleted.
/// </summary>
public sealed class SourceDirectory(IDocumentStore marten, MartenEventStore store, NpgsqlDataSource database, InstallationKeys keys, TimeProvider clock)
{
    private const string Secrets = "select source, key_version, secrets from cx_sources where shop = $1";

    private const string Upsert = """
        insert into cx_sources (shop, source, key_version, secrets) values ($1, $2, $3, $4)
        on conflict (shop, source) do update set key_version = excluded.key_version, secrets = excluded.secrets
        """;

    private const string Delete = "delete from cx_sources where shop = $1 and source = $2";

    private const string Notify = $"select pg_notify('{Channels.Config}', $1)";

    private readonly ConcurrentDictionary<(ShopId Shop, string Source), SourceSettings> known = new();
    private int forgotten;

    /// <summary>The settings of a source where they are in memory. Another process may have changed them since.</summary>
    public SourceSettings? Recent(ShopId shop, string source) => known.GetValueOrDefault((shop, source));

    /// <summary>The settings of a source as they are now; none when the shop has no such source.</summary>
    public async Task<SourceSettings?> Get(ShopId shop, string source, CancellationToken ct)
    {
        var before = Volatile.Read(ref forgotten);
        if ((await Read(shop, ct)).GetValueOrDefault(source) is not { } found)
        {
            known.TryRemove((shop, source), out _);
            return null;
        }

        // Settings that were read before another process changed them are not kept.
        known[(shop, source)] = found;
        if (Volatile.Read(ref forgotten) != before)
        {
            known.TryRemove((shop, source), out _);
        }

        return found;
    }

    /// <summary>By name, in the order of the names.</summary>
    public async Task<IReadOnlyDictionary<string, SourceSettings>> List(ShopId shop, CancellationToken ct) => await Read(shop, ct);

    public async Task Set(ShopId shop, string source, SourceSettings settings, CancellationToken ct)
    {
        await store.Update<ShopSources>(shop, Shop.StreamKey, Decide, ct);
        Forget(shop);

        async ValueTask<StreamChange> Decide(ShopSources? sources)
        {
            var secretsChanged = (await OpenSecrets(shop, ct)).GetValueOrDefault(source)?.SequenceEqual(settings.Secrets) is not true;
            var events = ShopSources.Configure(sources, source, settings.RequestsPerSecond, secretsChanged, clock.GetUtcNow());
            var wrapped = SecretSeal.Seal(keys, shop, source, JsonSerializer.Serialize(settings.Secrets));
            return new(
                events,
                Sql.Single(Upsert, Sql.Text(shop.Value), Sql.Text(source), Sql.Int(wrapped.Version), Sql.Bytes(wrapped.Bytes)), Sql.Single(Notify, Sql.Text(shop.Value)));
        }
    }

    /// <returns>False when the shop had no such source.</returns>
    public async Task<bool> Remove(ShopId shop, string source, CancellationToken ct)
    {
        var updated = await store.Update<ShopSources>(shop, Shop.StreamKey, sources => ValueTask.FromResult(new StreamChange(
            ShopSources.Remove(sources, source, clock.GetUtcNow()),
            Sql.Single(Delete, Sql.Text(shop.Value), Sql.Text(source)), Sql.Single(Notify, Sql.Text(shop.Value)))), ct);
        Forget(shop);
        return updated.Before?.Sources.ContainsKey(source) is true;
    }

    /// <summary>Drops what is in memory of a shop, or, not knowing which, of all: settings changed, here or in another process.</summary>
    public void Forget(ShopId? shop)
    {
        Interlocked.Increment(ref forgotten);
        foreach (var key in known.Keys.Where(k => shop is null || k.Shop == shop))
        {
            known.TryRemove(key, out _);
        }
    }

    private async Task<SortedDictionary<string, SourceSettings>> Read(ShopId shop, CancellationToken ct)
    {
        // Both are read, also of a shop that does not exist: the time of an answer does not tell whether it does.
        await using var session = marten.QuerySession(shop.Value);
        var sources = await MartenFailures.Unwrapped(session.LoadAsync<ShopSources>(Shop.StreamKey, ct));
        var found = new SortedDictionary<string, SourceSettings>(StringComparer.Ordinal);
        foreach (var (source, secrets) in await OpenSecrets(shop, ct))
        {
            if (sources?.Sources.TryGetValue(source, out var connected) is true)
            {
                found[source] = new(secrets, connected.RequestsPerSecond);
            }
        }

        return found;
    }

    private async Task<Dictionary<string, string[]>> OpenSecrets(ShopId shop, CancellationToken ct) =>
        (await database.Rows(Secrets, r => (Source: r.GetString(0), Sealed: new Wrapped(r.GetInt32(1), r.GetFieldValue<byte[]>(2))), ct, Sql.Text(shop.Value)))
        .ToDictionary(r => r.Source, r => JsonSerializer.Deserialize<string[]>(SecretSeal.Open(keys, shop, r.Source, r.Sealed))!, StringComparer.Ordinal);
}
