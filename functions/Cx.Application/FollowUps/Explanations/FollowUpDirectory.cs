using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>Finds the customer of a follow-up, and the delivery that started it.</summary>
public sealed class FollowUpDirectory(NpgsqlDataSource database)
{
    private const string Started = """
        select coalesce('customer-' || (data ->> 'by'), stream_id) from mt_events where tenant_id = $1 and type = 'follow-up-started.v1' and data ->> 'followUp' = $2 limit 1
        """;

    private const string Deliveries = "select key, source, topic, received_at, left_out from cx_deliveries where shop = $1 and key = any($2)";

    public async Task<CustomerId?> CustomerOf(ShopId shop, FollowUpId followUp, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Started);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(followUp.Value));
        return await command.ExecuteScalarAsync(ct) is string stream ? CustomerStream.Customer(stream) : null;
    }

    /// <summary>The deliveries behind correlations; none for one that something else started.</summary>
    public async Task<IReadOnlyDictionary<string, DeliveryResponse>> DeliveriesOf(ShopId shop, IEnumerable<string> correlations, CancellationToken ct)
    {
        var keys = correlations.Distinct(StringComparer.Ordinal).Select(Correlations.Delivery).OfType<byte[]>().ToArray();
        await using var command = database.CreateCommand(Deliveries);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes([.. keys]));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<string, DeliveryResponse>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            found[Correlations.Of(reader.GetFieldValue<byte[]>(0))] = new(
                reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.TextOrNull(4)?.Split('\n') ?? []);
        }

        return found;
    }
}
