using System.Collections.Concurrent;
using System.Text.Json;
using Cx.Application.Privacy;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>What verifies and bounds the deliveries of one source of one shop.</summary>
/// <param name="Secrets">One, or two while one is being replaced by the other.</param>
public sealed record SourceSettings(IReadOnlyList<string> Secrets, int RequestsPerSecond = SourceSettings.DefaultRequestsPerSecond)
{
    public const int DefaultRequestsPerSecond = 1000;
}

/// <summary>The shops' sources, their secrets sealed in the database and kept open in memory.</summary>
public sealed class SourceDirectory(NpgsqlDataSource database, InstallationKeys keys)
{
    private const string One = "select source, key_version, secrets, requests_per_second from cx_sources where shop = $1 and source = $2";

    private const string All = "select source, key_version, secrets, requests_per_second from cx_sources where shop = $1 order by source";

    private const string Upsert = """
        insert into cx_sources (shop, source, key_version, secrets, requests_per_second) values ($1, $2, $3, $4, $5)
        on conflict (shop, source) do update set key_version = excluded.key_version, secrets = excluded.secrets, requests_per_second = excluded.requests_per_second
        """;

    private const string Delete = "delete from cx_sources where shop = $1 and source = $2";

    private const string Notify = $"select pg_notify('{Channels.Config}', $1)";

    private readonly ConcurrentDictionary<(ShopId Shop, string Source), SourceSettings> known = new();
    private int forgotten;

    /// <summary>The settings of a source; none when the shop has no such source.</summary>
    /// <param name="fresh">Reads the database even where the settings are in memory: before a signature is refused, as another process may
    /// just have set the secret.</param>
    public async ValueTask<SourceSettings?> Get(ShopId shop, string source, bool fresh, CancellationToken ct)
    {
        if (!fresh && known.TryGetValue((shop, source), out var settings))
        {
            return settings;
        }

        var before = Volatile.Read(ref forgotten);
        await using var command = database.CreateCommand(One);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(source));
        if ((await Read(command, shop, ct)) is not [var (_, found)])
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

    public async Task<IReadOnlyList<(string Name, SourceSettings Settings)>> List(ShopId shop, CancellationToken ct)
    {
        await using var command = database.CreateCommand(All);
        command.Parameters.Add(Sql.Text(shop.Value));
        return await Read(command, shop, ct);
    }

    public async Task Set(ShopId shop, string source, SourceSettings settings, CancellationToken ct)
    {
        var wrapped = SecretSeal.Seal(keys, shop, source, JsonSerializer.Serialize(settings.Secrets));
        await Change(shop, Sql.Command(
            Upsert, Sql.Text(shop.Value), Sql.Text(source), Sql.Int(wrapped.Version), Sql.Bytes(wrapped.Bytes), Sql.Int(settings.RequestsPerSecond)), ct);
    }

    /// <returns>False when the shop had no such source.</returns>
    public async Task<bool> Remove(ShopId shop, string source, CancellationToken ct) =>
        await Change(shop, Sql.Command(Delete, Sql.Text(shop.Value), Sql.Text(source)), ct) > 0;

    /// <summary>Drops what is in memory of a shop, or, not knowing which, of all: settings changed, here or in another process.</summary>
    public void Forget(ShopId? shop)
    {
        Interlocked.Increment(ref forgotten);
        foreach (var key in known.Keys.Where(k => shop is null || k.Shop == shop))
        {
            known.TryRemove(key, out _);
        }
    }

    private async Task<ulong> Change(ShopId shop, NpgsqlBatchCommand change, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(change);
        batch.BatchCommands.Add(Sql.Command(Notify, Sql.Text(shop.Value)));
        await batch.ExecuteNonQueryAsync(ct);
        Forget(shop);
        return change.Rows;
    }

    private async Task<List<(string Name, SourceSettings Settings)>> Read(NpgsqlCommand command, ShopId shop, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<(string, SourceSettings)>();
        while (await reader.ReadAsync(ct))
        {
            var source = reader.GetString(0);
            var secrets = SecretSeal.Open(keys, shop, source, new(reader.GetInt32(1), reader.GetFieldValue<byte[]>(2)));
            found.Add((source, new(JsonSerializer.Deserialize<string[]>(secrets)!, reader.GetInt32(3))));
        }

        return found;
    }
}
