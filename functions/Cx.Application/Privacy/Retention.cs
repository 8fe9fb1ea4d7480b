using Cx.Application.EventStore;
using Npgsql;

namespace Cx.Application.Privacy;

/// <summary>
/// Removes payloads that concern nobody known: archived, waiting and failed ones alike, <see cref="KeptFor"/> after they came; and entries of the audit
/// list after <see cref="AuditKeptFor"/>.
/// </summary>
public sealed class Retention(NpgsqlDataSource database)
{
    /// <summary>How long a payload is kept that is known to concern nobody: 30 days.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>How long the audit list is kept: two years.</summary>
    public static readonly TimeSpan AuditKeptFor = TimeSpan.FromDays(731);

    private static readonly (string Sql, TimeSpan KeptFor)[] Expired =
    [
        ("delete from cx_archive where customer is null and received_at < $1", KeptFor),
        ("delete from cx_waiting where received_at < $1", KeptFor),
        ("delete from cx_failed_deliveries where failed_at < $1", KeptFor),
        ("delete from cx_audit where at < $1", AuditKeptFor),
    ];

    public async Task Apply(DateTimeOffset now, CancellationToken ct)
    {
        foreach (var (sql, keptFor) in Expired)
        {
            await using var command = database.CreateCommand(sql);
            command.Parameters.Add(Sql.Instant(now - keptFor));
            await command.ExecuteNonQueryAsync(ct);
        }
    }
}
