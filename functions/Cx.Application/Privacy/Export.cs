using System.Runtime.CompilerServices;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>A raw payload as it was posted.</summary>
public sealed record ExportedPayload(string Delivery, string Source, string Topic, DateTimeOffset ReceivedAt, byte[] Body);

/// <summary>What a message said when it was rendered.</summary>
public sealed record ExportedMessage(MessageId Id, string Status, DateTimeOffset QueuedAt, string? Content);

/// <summary>
/// Reads what an export holds besides the customer and its events: identifiers, raw payloads and messages, some at a time, so that a long history needs no
/// more memory than a short one, and no connection is held while the reader takes its time.
/// </summary>
public sealed class ExportReader(NpgsqlDataSource database, InstallationKeys keys, IPayloadStore payloads)
{
    private const string Identifiers = "select kind, hash from cx_identifiers where shop = $1 and customer = any($2) order by kind, hash";

    private const string Keys = """
        select a.delivery, a.blob from cx_archive a where a.shop = $1 and (a.customer = any($2) or a.others && $2::varchar[]) order by a.received_at, a.delivery
        """;

    private const string Payloads = """
        select a.delivery, d.source, d.topic, a.received_at, a.key_version, a.key, a.data, a.blob
        from unnest($2) k (key)
        join lateral (select * from cx_archive where shop = $1 and delivery = k.key limit 1) a on true
        join lateral (select * from cx_deliveries where shop = $1 and key = k.key limit 1) d on true
        order by a.received_at, a.delivery
        """;

    private const string Messages = """
        select message, status, queued_at, content from cx_outbox
        where shop = $1 and customer = any($2) and (queued_at, message) > ($3, $4) order by queued_at, message limit $5
        """;

    private const int PayloadsAtOnce = 20;
    private const int MessagesAtOnce = 200;

    /// <summary>Each as its kind and the keyed hash that stands in the database.</summary>
    public Task<IReadOnlyList<(IdentifierKind Kind, byte[] Hash)>> IdentifiersOf(ShopId shop, Customer customer, CancellationToken ct) =>
        database.Rows(Identifiers, reader => ((IdentifierKind)reader.GetInt16(0), reader.GetFieldValue<byte[]>(1)), ct, Sql.Text(shop.Value), Sql.Texts(CustomerDirectory.Ids(customer)));

    /// <summary>
    /// The payloads that concern the customer, opened, wherever they lie. The id in the archive is the delivery key's hash in hexadecimal. Where any lie
    /// outside the database, the first of these is read before the task completes.
    /// </summary>
    /// <exception cref="PayloadUnreachableException">One lies outside the database and could not be read.</exception>
    public async Task<IAsyncEnumerable<ExportedPayload>> PayloadsOf(ShopId shop, Customer customer, CancellationToken ct)
    {
        var found = await database.Rows(
            Keys, reader => (Key: reader.GetFieldValue<byte[]>(0), Blob: reader.TextOrNull(1)), ct, Sql.Text(shop.Value), Sql.Texts(CustomerDirectory.Ids(customer)));
        if (found.FirstOrDefault(f => f.Blob is not null) is { Blob: not null } outside)
        {
            await foreach (var _ in Open(shop, [outside.Key], ct))
            {
            }
        }

        return Open(shop, [.. found.Select(f => f.Key)], ct);
    }

    /// <summary>The customer's messages, their content as the outbox keeps it.</summary>
    public async IAsyncEnumerable<ExportedMessage> MessagesOf(ShopId shop, Customer customer, [EnumeratorCancellation] CancellationToken ct)
    {
        var last = new ExportedMessage(new(""), "", DateTimeOffset.MinValue, null);
        for (var count = MessagesAtOnce; count == MessagesAtOnce;)
        {
            var page = await database.Rows(
                Messages, reader => new ExportedMessage(new(reader.GetString(0)), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.TextOrNull(3)), ct,
                Sql.Text(shop.Value), Sql.Texts(CustomerDirectory.Ids(customer)), Sql.Instant(last.QueuedAt), Sql.Text(last.Id.Value), Sql.Int(MessagesAtOnce));
            foreach (var message in page)
            {
                yield return last = message;
            }

            count = page.Count;
        }
    }

    private async IAsyncEnumerable<ExportedPayload> Open(ShopId shop, IReadOnlyList<byte[]> deliveries, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var some in deliveries.Chunk(PayloadsAtOnce))
        {
            var rows = await database.Rows(
                Payloads,
                reader => new Archived(
                    Correlations.Of(reader.GetFieldValue<byte[]>(0)), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
                    reader.GetInt32(4), reader.GetFieldValue<byte[]>(5), reader.BytesOrNull(6), reader.TextOrNull(7)),
                ct, Sql.Text(shop.Value), Sql.Bytes(some));
            foreach (var row in rows)
            {
                var body = PayloadSeal.Open(keys, shop, row.Delivery, new(row.KeyVersion, row.Key, row.Data ?? await Outside(row.Blob!, ct)));
                yield return new(row.Delivery, row.Source, row.Topic, row.ReceivedAt, body);
            }
        }
    }

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

    private sealed record Archived(
        string Delivery, string Source, string Topic, DateTimeOffset ReceivedAt, int KeyVersion, byte[] Key, byte[]? Data, string? Blob);
}
