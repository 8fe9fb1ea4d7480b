using Cx.Application.EventStore;
using Cx.Application.Observability;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.FollowUps;

/// <summary>Finds the span in which a follow-up was started: what is done for it belongs to that trace.</summary>
public sealed class FollowUpTraces(NpgsqlDataSource database)
{
    private const string Started = """
        select headers ->> 'trace', timestamp from mt_events where tenant_id = $1 and type = 'follow-up-started.v1' and data ->> 'followUp' = $2 limit 1
        """;

    /// <summary>An origin without a span where nobody traces.</summary>
    public async ValueTask<TraceOrigin> Find(ShopId shop, FollowUpId followUp, CancellationToken ct)
    {
        if (!Instruments.IsTraced)
        {
            return default;
        }

        await using var command = database.CreateCommand(Started);
        command.Parameters.Add(Sql.Text(shop.Value));
        command.Parameters.Add(Sql.Text(followUp.Value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new(reader.TextOrNull(0), reader.GetFieldValue<DateTimeOffset>(1)) : default;
    }
}
