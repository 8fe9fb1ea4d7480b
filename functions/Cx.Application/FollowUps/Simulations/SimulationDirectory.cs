using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Simulating;
using Npgsql;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>The simulations that a shop asked for, and what came of them.</summary>
public sealed class SimulationDirectory(NpgsqlDataSource database)
{
    /// <summary>How many of a shop may wait or run at a time.</summary>
    public const int MostOpen = 5;

    /// <summary>How many of a shop are kept once they have ended: the latest.</summary>
    public const int MostKept = 20;

    private const string Columns = "shop, id, subject, state, queued_at, started_at, ended_at, progress, request, result, failure";

    private const string Insert = """
        insert into cx_simulations (shop, id, subject, state, asked_by, queued_at, request)
        select $1, $2, $3, 'queued', $4, $5, $6 where (select count(*) from cx_simulations where shop = $1 and ended_at is null) < $7
        """;

    private const string Outdated = """
        with outdated as (
          delete from cx_simulations s using (select id from cx_simulations where shop = $1 and ended_at is not null order by id desc offset $2) o
          where s.shop = $1 and s.id = o.id returning s.id)
        delete from cx_simulated_customers c using outdated o where c.shop = $1 and c.simulation = o.id
        """;

    private const string ById = $"select {Columns} from cx_simulations where shop = $1 and id = $2 and subject = $3";

    private const string Latest = $"select {Columns} from cx_simulations where shop = $1 and subject = $2 and id < $3 order by id desc limit $4";

    private const string Cancel = """
        update cx_simulations set state = 'cancelled', ended_at = $3, checkpoint = null, owner = null, leased_until = null where shop = $1 and id = $2 and ended_at is null
        """;

    // A statement of its own: it sees what was written of customers until the simulation was cancelled, after which nothing is.
    private const string Forget = """
        delete from cx_simulated_customers c using (select id from cx_simulations where shop = $1 and id = $2 and state = 'cancelled') s where c.shop = $1 and c.simulation = s.id
        """;

    private const string Delete = """
        with deleted as (delete from cx_simulations where shop = $1 and id = $2 and ended_at is not null returning id)
        delete from cx_simulated_customers c using deleted x where c.shop = $1 and c.simulation = x.id
        """;

    private const string Differences = """
        select customer, difference from cx_simulated_customers where shop = $1 and simulation = $2 and customer > $3 and difference is not null order by customer limit $4
        """;

    private const string Messages = "select messages from cx_simulated_customers where shop = $1 and simulation = $2 and messages is not null order by customer";

    /// <returns>False where the shop has as many open ones as it may.</returns>
    public async Task<bool> Add(ShopId shop, string id, SimulationSubject subject, SimulationInput input, string by, NpgsqlCommand audit, DateTimeOffset at, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var insert = new NpgsqlCommand(Insert, connection, transaction)
        {
            Parameters =
            {
                Sql.Text(shop.Value), Sql.Text(id), Sql.Text(subject.Key), Sql.Text(by), Sql.Instant(at), Sql.JsonOrNull(SimulationJson.Write(input)), Sql.Int(MostOpen),
            },
        };
        if (await insert.ExecuteNonQueryAsync(ct) == 0)
        {
            return false;
        }

        await using (var outdated = new NpgsqlCommand(Outdated, connection, transaction) { Parameters = { Sql.Text(shop.Value), Sql.Int(MostKept) } })
        {
            await outdated.ExecuteNonQueryAsync(ct);
        }

        (audit.Connection, audit.Transaction) = (connection, transaction);
        await audit.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task<Simulation?> Find(ShopId shop, SimulationSubject subject, string id, CancellationToken ct) =>
        (await database.Rows(ById, Read, ct, Sql.Text(shop.Value), Sql.Text(id), Sql.Text(subject.Key))).SingleOrDefault();

    /// <summary>The latest first.</summary>
    /// <param name="before">The id before which the part begins; none at the latest.</param>
    public Task<IReadOnlyList<Simulation>> List(ShopId shop, SimulationSubject subject, string? before, int limit, CancellationToken ct) =>
        database.Rows(Latest, Read, ct, Sql.Text(shop.Value), Sql.Text(subject.Key), Sql.Text(before ?? "~"), Sql.Int(limit));

    /// <summary>Cancels one that waits or runs; one that has ended is removed with its result.</summary>
    public async Task Remove(ShopId shop, string id, NpgsqlCommand audit, DateTimeOffset at, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        _ = await Run(Cancel, Sql.Text(shop.Value), Sql.Text(id), Sql.Instant(at)) > 0
            ? await Run(Forget, Sql.Text(shop.Value), Sql.Text(id))
            : await Run(Delete, Sql.Text(shop.Value), Sql.Text(id));
        (audit.Connection, audit.Transaction) = (connection, transaction);
        await audit.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);

        async Task<int> Run(string sql, params NpgsqlParameter[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            command.Parameters.AddRange(parameters);
            return await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>The customers whom the two sides treat differently, in the order of their ids.</summary>
    /// <param name="after">After whom the part begins; none at the beginning.</param>
    public Task<IReadOnlyList<SimulatedCustomer>> ListDifferences(ShopId shop, string id, string? after, int limit, CancellationToken ct) => database.Rows(
        Differences, r => new SimulatedCustomer(new(r.GetString(0)), SimulationJson.Read<IReadOnlyList<StepDifference>>(r.GetFieldValue<byte[]>(1)), []), ct,
        Sql.Text(shop.Value), Sql.Text(id), Sql.Text(after ?? ""), Sql.Int(limit));

    /// <summary>The messages that are shown as examples.</summary>
    public async Task<IReadOnlyList<SimulatedMessage>> ListMessages(ShopId shop, string id, CancellationToken ct) =>
        [.. (await database.Rows(Messages, r => SimulationJson.Read<IReadOnlyList<SimulatedMessage>>(r.GetFieldValue<byte[]>(0)), ct, Sql.Text(shop.Value), Sql.Text(id))).SelectMany(m => m)];

    private static Simulation Read(NpgsqlDataReader reader) => new(
        new(reader.GetString(0)), reader.GetString(1), new(reader.GetString(2)), Enum.Parse<SimulationState>(reader.GetString(3), ignoreCase: true), reader.GetFieldValue<DateTimeOffset>(4),
        reader.InstantOrNull(5), reader.InstantOrNull(6), reader.GetDouble(7), SimulationJson.Read<SimulationInput>(reader.GetFieldValue<byte[]>(8)),
        reader.BytesOrNull(9) is { } result ? SimulationJson.Read<SimulationReport>(result) : null, reader.TextOrNull(10));
}
