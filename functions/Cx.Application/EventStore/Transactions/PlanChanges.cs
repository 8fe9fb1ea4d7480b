using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>
/// Makes the customers due whose plans a shop's change may concern: those with a due instant, and those whose follow-ups wait for a fact. The change leaves
/// a row in its own transaction; batches follow, each in a transaction of its own, and the row says how far they got, so that any process goes on after a
/// crash. Marked twice is woken twice, which changes nothing.
/// </summary>
internal static class PlanChanges
{
    private const int BatchSize = 1000;

    private const string Insert = """
        insert into cx_plan_changes (shop, at) values ($1, $2) on conflict (shop) do update set at = excluded.at, after = ''
        """;

    private const string Pending = "select exists (select from cx_plan_changes)";

    // Waits for transactions that have written due instants by the facts of before; those that write later see that the facts have changed.
    private const string Barrier = "lock table cx_customers in share mode";

    private const string Take = "select shop, at, after from cx_plan_changes order by at limit 1 for update skip locked";

    private static readonly string Page = $"select id from cx_customers where shop = $1 and id > $2 order by id limit {BatchSize}";

    private static readonly string Mark = $"""
        update cx_customers c set due_at = $3
        where shop = $1 and id = any($2) and lead is null and (due_at > $3 or (due_at is null and (
          select true from cx_states s where s.shop = c.shop and s.customer = c.id and s.reach = {(int)Reach.Always} and s.kind = {(int)ItemKind.FollowUp} limit 1)))
        """;

    private const string Move = "update cx_plan_changes set after = $2 where shop = $1";

    private const string Finish = "delete from cx_plan_changes where shop = $1";

    /// <summary>Written with the change.</summary>
    public static NpgsqlCommand Record(ShopId shop, DateTimeOffset at) => Sql.Single(Insert, Sql.Text(shop.Value), Sql.Instant(at));

    /// <summary>Marks until nothing is left that another process is not marking, or so many batches are marked.</summary>
    public static async Task MarkAll(NpgsqlDataSource database, CancellationToken ct, int atMost = int.MaxValue)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await Scalar(connection, Pending, ct) is not true || !await AwaitWriters(connection, ct))
        {
            return;
        }

        for (var batches = 0; batches < atMost && await MarkBatch(connection, ct); batches++)
        {
        }
    }

    private static async Task<bool> MarkBatch(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await connection.Rows(Take, r => (Shop: r.GetString(0), At: r.GetFieldValue<DateTimeOffset>(1), After: r.GetString(2)), ct) is not [var change])
        {
            return false;
        }

        var page = await connection.Rows(Page, r => r.GetString(0), ct, Sql.Text(change.Shop), Sql.Text(change.After));
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (page.Count == 0)
        {
            batch.BatchCommands.Add(Sql.Command(Finish, Sql.Text(change.Shop)));
        }
        else
        {
            batch.BatchCommands.Add(Sql.Command(Mark, Sql.Text(change.Shop), Sql.Texts([.. page]), Sql.Instant(change.At)));
            batch.BatchCommands.Add(Sql.Command(Move, Sql.Text(change.Shop), Sql.Text(page[^1])));
        }

        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    // A statement that waits behind this one waits a second at most; then it is tried again with the next wake.
    private static async Task<bool> AwaitWriters(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await Scalar(connection, "set local lock_timeout = '1s'", ct);
            await Scalar(connection, Barrier, ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private static async Task<object?> Scalar(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(ct);
    }
}
