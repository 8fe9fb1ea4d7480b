using Cx.Application.EventStore;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>
/// Removes payloads that concern nobody known: archived, waiting and failed ones alike, <see cref="KeptFor"/> after they came.
/// </summary>
public sealed class Retention(NpgsqlDataSource database)
{
    /// <summary>How long a payload is kept that is known to concern nobody: 30 days.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

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
            command.Parameters.Add(Sql.Instant(now - KeptFor));
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
