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

    private const string Deliveries = "select source, topic, received_at from cx_deliveries where shop = $1 and key = $2";

    public async Task<CustomerId?> CustomerOf(ShopId shop, FollowUpId followUp, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Started);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(followUp.Value));
        return await command.ExecuteScalarAsync(ct) is string stream ? CustomerStream.Customer(stream) : null;
    }

    /// <summary>The delivery behind a correlation; none when something else started the chain.</summary>
    public async Task<DeliveryResponse?> Delivery(ShopId shop, string correlation, CancellationToken ct)
    {
        if (Correlations.Delivery(correlation) is not { } key)
        {
            return null;
        }

        await using var command = database.CreateCommand(Deliveries);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Bytes(key));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)) : null;
    }
}
