using Cx.Application.EventStore.Postgres;
using Cx.Application.Intake;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>Removes payloads that concern nobody known: archived, waiting and failed ones alike, 30 days after they came.</summary>
public sealed class Retention(NpgsqlDataSource database)
{
    private static readonly string[] Expired =
    [
        "delete from cx_archive where customer is null and received_at < $1",
        "delete from cx_waiting where received_at < $1",
        "delete from cx_failed_deliveries where failed_at < $1",
    ];

    public async Task Apply(DateTimeOffset now, CancellationToken ct)
    {
        foreach (var sql in Expired)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(Sql.Instant(now - FailedDeliveries.KeptFor));
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
