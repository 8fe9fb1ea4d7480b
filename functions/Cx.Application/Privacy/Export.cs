using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>A raw payload as it was posted.</summary>
public sealed record ExportedPayload(string Delivery, string Source, string Topic, DateTimeOffset ReceivedAt, byte[] Body);

/// <summary>What a message said when it was rendered.</summary>
public sealed record ExportedMessage(MessageId Id, string Status, DateTimeOffset QueuedAt, string? Content);

/// <summary>Reads what an export holds besides the customer and its events: identifiers, raw payloads and messages.</summary>
public sealed class ExportReader(NpgsqlDataSource database, InstallationKeys keys, IPayloadStore payloads)
{
    private const string Identifiers = "select kind, hash from cx_identifiers where shop = $1 and customer = any($2) order by kind, hash";

    private const string Payloads = """
        select a.delivery, d.source, d.topic, a.received_at, a.key_version, a.key, a.data, a.blob
        from cx_archive a join cx_deliveries d on d.shop = a.shop and d.key = a.delivery
        where a.shop = $1 and (a.customer = any($2) or a.others && $2::varchar[])
        order by a.received_at, a.delivery
        """;

    private const string Messages = "select message, status, queued_at, content from cx_outbox where shop = $1 and customer = any($2) order by queued_at, message";

    /// <summary>Each as its kind and the keyed hash that stands in the database.</summary>
    public Task<IReadOnlyList<(IdentifierKind Kind, byte[] Hash)>> IdentifiersOf(ShopId shop, Customer customer, CancellationToken ct) =>
        Read(Identifiers, shop, customer, reader => ((IdentifierKind)reader.GetInt16(0), reader.GetFieldValue<byte[]>(1)), ct);

    /// <summary>The payloads that concern the customer, opened, wherever they lie. The id in the archive is the delivery key's hash in hexadecimal.</summary>
    /// <exception cref="PayloadUnreachableException">One lies outside the database and could not be read.</exception>
    public async Task<IReadOnlyList<ExportedPayload>> PayloadsOf(ShopId shop, Customer customer, CancellationToken ct)
    {
        var rows = await Read(Payloads, shop, customer, reader => new Archived(
            Correlations.Of(reader.GetFieldValue<byte[]>(0)), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
            reader.GetInt32(4), reader.GetFieldValue<byte[]>(5), reader.BytesOrNull(6), reader.TextOrNull(7)), ct);
        var held = new List<ExportedPayload>(rows.Count);
        foreach (var row in rows)
        {
            var body = PayloadSeal.Open(keys, shop, row.Delivery, new(row.KeyVersion, row.Key, row.Data ?? await Outside(row.Blob!, ct)));
            held.Add(new(row.Delivery, row.Source, row.Topic, row.ReceivedAt, body));
        }

        return held;
    }

    /// <summary>The customer's messages, their content as the outbox keeps it.</summary>
    public Task<IReadOnlyList<ExportedMessage>> MessagesOf(ShopId shop, Customer customer, CancellationToken ct) => Read(
        Messages, shop, customer, reader => new ExportedMessage(new(reader.GetString(0)), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.TextOrNull(3)), ct);

    private async Task<byte[]> Outside(string blob, CancellationToken ct)
    {
        try
        {
            return await payloads.Get(blob, ct) ?? throw new PayloadUnreachableException(blob, "is not there any more: it was moved or erased at this moment.");
        }
        catch (Exception e) when (e is not PayloadUnreachableException && !ct.IsCancellationRequested)
        {
            throw new PayloadUnreachableException(blob, "could not be read now.", e);
        }
    }

    private async Task<IReadOnlyList<T>> Read<T>(string sql, ShopId shop, Customer customer, Func<NpgsqlDataReader, T> row, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Texts(CustomerDirectory.Ids(customer)));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    private sealed record Archived(
        string Delivery, string Source, string Topic, DateTimeOffset ReceivedAt, int KeyVersion, byte[] Key, byte[]? Data, string? Blob);
}
