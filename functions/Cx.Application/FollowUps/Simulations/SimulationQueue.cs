using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>
/// Which process runs which simulation: one at a time in the whole installation, so that they slow nothing else down. A lease by the database's clock, renewed
/// while the process runs it, says that it is being run; when it has passed, another process goes on from the last checkpoint.
/// </summary>
public sealed class SimulationQueue(NpgsqlDataSource database, Instance instance)
{
    // Any constant will do, as long as no other application in the same database locks it.
    private const long Lock = 0x43785F73696D756C;

    private static readonly string Claim = $"""
        with turn as materialized (select pg_try_advisory_xact_lock({Lock}) is_ours),
        next as (
          select shop, id from cx_simulations
          where ended_at is null and (leased_until is null or leased_until <= clock_timestamp()) and (select is_ours from turn)
            and not exists (select from cx_simulations r where r.ended_at is null and r.leased_until > clock_timestamp())
          order by queued_at limit 1 for update skip locked)
        update cx_simulations s set state = 'running', owner = $1, leased_until = clock_timestamp() + $2, started_at = coalesce(started_at, $3), attempts = attempts + 1
        from next n where s.shop = n.shop and s.id = n.id
        returning s.shop, s.id, s.attempts, s.request, s.checkpoint
        """;

    private const string Mine = "where shop = $1 and id = $2 and owner = $3 and state = 'running'";

    private const string RenewLease = $"update cx_simulations set leased_until = clock_timestamp() + $4, progress = greatest(progress, $5) {Mine}";

    private const string Checkpoint = $"update cx_simulations set checkpoint = $4, leased_until = clock_timestamp() + $5, progress = greatest(progress, $6) {Mine}";

    private const string Release = $"update cx_simulations set leased_until = clock_timestamp(), attempts = attempts - 1 {Mine}";

    private const string End = $"""
        update cx_simulations set state = $4, ended_at = $5, progress = $6, result = $7, failure = $8, checkpoint = null, owner = null, leased_until = null {Mine}
        """;

    // Nothing is kept of somebody who was erased since the log was read: until this statement is committed, nobody is. In the order of the ids, as
    // transactions lock customers.
    private const string Keep = """
        insert into cx_simulated_customers as k (shop, simulation, customer, difference, messages)
        select $1, $2, c.id, r.difference, r.messages
        from unnest($3, $4, $5) r (id, difference, messages),
        lateral (select id from cx_customers where shop = $1 and id = r.id and key is not null limit 1 for share) c
        on conflict (shop, simulation, customer) do update set difference = coalesce(excluded.difference, k.difference), messages = coalesce(excluded.messages, k.messages)
        """;

    /// <summary>How long a process that was killed, or is stuck, keeps others from going on.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(20);

    /// <summary>The one that waits longest, if none is being run.</summary>
    public async Task<ClaimedSimulation?> TryClaim(DateTimeOffset at, CancellationToken ct) => (await database.Rows(
        Claim,
        r => new ClaimedSimulation(
            new(r.GetString(0)), r.GetString(1), r.GetInt32(2), SimulationJson.Read<SimulationInput>(r.GetFieldValue<byte[]>(3)),
            r.BytesOrNull(4) is { } checkpoint ? SimulationJson.Read<SimulationCheckpoint>(checkpoint) : null),
        ct, Sql.Long(instance.Id), Sql.Span(Lease), Sql.Instant(at))).SingleOrDefault();

    /// <returns>False where it was cancelled, or another process took it over.</returns>
    public async Task<bool> Renew(ClaimedSimulation simulation, double progress, CancellationToken ct)
    {
        await using var command = database.CreateCommand(RenewLease);
        command.Parameters.AddRange((NpgsqlParameter[])[.. Own(simulation), Sql.Span(Lease), Sql.Double(progress)]);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Writes how far it is, with what is kept of customers since the last time.</summary>
    /// <returns>As <see cref="Renew"/>.</returns>
    public async Task<bool> Save(NpgsqlConnection connection, ClaimedSimulation simulation, SimulationCheckpoint checkpoint, IReadOnlyList<SimulatedCustomer> customers, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var save = new NpgsqlCommand(Checkpoint, connection, transaction);
        save.Parameters.AddRange((NpgsqlParameter[])[.. Own(simulation), Sql.JsonOrNull(SimulationJson.Write(checkpoint)), Sql.Span(Lease), Sql.Double(checkpoint.Progress)]);
        return await save.ExecuteNonQueryAsync(ct) == 1 && await Committed(connection, transaction, simulation, customers, ct);
    }

    public async Task<bool> Finish(
        NpgsqlConnection connection, ClaimedSimulation simulation, SimulationReport report, IReadOnlyList<SimulatedCustomer> customers, DateTimeOffset at, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var end = new NpgsqlCommand(End, connection, transaction);
        end.Parameters.AddRange((NpgsqlParameter[])[.. Ended(simulation, SimulationState.Done, at), Sql.Double(1), Sql.JsonOrNull(SimulationJson.Write(report)), Sql.Text(null)]);
        return await end.ExecuteNonQueryAsync(ct) == 1 && await Committed(connection, transaction, simulation, customers, ct);
    }

    /// <param name="failure">For people; holds nothing personal.</param>
    public async Task Fail(ClaimedSimulation simulation, string failure, DateTimeOffset at, CancellationToken ct)
    {
        await using var command = database.CreateCommand(End);
        command.Parameters.AddRange((NpgsqlParameter[])[.. Ended(simulation, SimulationState.Failed, at), Sql.Double(simulation.Checkpoint?.Progress ?? 0), Sql.JsonOrNull((byte[]?)null), Sql.Text(failure)]);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Lets another process, or this one when it is asked again, go on at once.</summary>
    public async Task GiveBack(ClaimedSimulation simulation, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Release);
        command.Parameters.AddRange(Own(simulation));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<bool> Committed(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ClaimedSimulation simulation, IReadOnlyList<SimulatedCustomer> customers, CancellationToken ct)
    {
        if (customers.Count > 0)
        {
            var sorted = customers.OrderBy(c => c.Customer.Value, StringComparer.Ordinal).ToArray();
            await using var keep = new NpgsqlCommand(Keep, connection, transaction)
            {
                Parameters =
                {
                    Sql.Text(simulation.Shop.Value), Sql.Text(simulation.Id), Sql.Texts([.. sorted.Select(c => c.Customer.Value)]),
                    Sql.JsonOrNull([.. sorted.Select(c => c.Differences.Count == 0 ? null : SimulationJson.Write(c.Differences))]),
                    Sql.JsonOrNull([.. sorted.Select(c => c.Messages.Count == 0 ? null : SimulationJson.Write(c.Messages))]),
                },
            };
            await keep.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    private NpgsqlParameter[] Own(ClaimedSimulation simulation) => [Sql.Text(simulation.Shop.Value), Sql.Text(simulation.Id), Sql.Long(instance.Id)];

    private NpgsqlParameter[] Ended(ClaimedSimulation simulation, SimulationState state, DateTimeOffset at) => [.. Own(simulation), Sql.Text(JsonNaming.Kebab(state)), Sql.Instant(at)];
}
