using Cx.Application.Observability;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

public sealed partial class MartenEventStore
{
    /// <summary>A customer whose wake fails this often is parked: not woken again until another event concerns them.</summary>
    public const int MaxWakeFailures = 5;

    internal const string DueCustomers = $"""
        select c.shop, s.mt_version, c.id, c.id, c.version, c.fold, c.recorded_at, c.key_version, c.key
        from cx_customers c, lateral (select mt_version from {Snapshots.Shops} where tenant_id = c.shop and id = '{Shop.StreamKey}' limit 1) s
        where c.due_at <= $1 and c.parked_at is null and c.lead is null
        order by c.due_at limit $2
        for update of c skip locked
        """;

    private const string Failed = """
        update cx_customers set wake_failures = wake_failures + 1, due_at = $3 + interval '1 minute' * power(4, wake_failures), parked_at = case when wake_failures + 1 >= $4 then $5 end where shop = $1 and id = $2
        """;

    private const string Postponed = "update cx_customers set due_at = $3 + interval '1 minute' where shop = $1 and id = $2";

    public async Task<WakeResult> Wake(DateTimeOffset at, TimeSpan grace, int atMost, Decide decide, CancellationToken ct)
    {
        await PlanChanges.MarkAll(database, ct);
        try
        {
            return await WakeBatch(at, grace, atMost, decide, ct);
        }
        catch (Exception e) when (atMost > 1 && IsCustomerFault(e))
        {
            // One customer's rows fail the batch: woken one by one, only that customer fails.
            var woken = new List<Woken>();
            var due = 0;
            while (due < atMost && await WakeBatch(at, grace, 1, decide, ct) is { Due: 1 } one)
            {
                due++;
                woken.AddRange(one.Woken);
            }

            return new(due, woken);
        }
    }

    private async Task<WakeResult> WakeBatch(DateTimeOffset at, TimeSpan grace, int atMost, Decide decide, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var due = await Due(connection, at - grace, atMost, ct);
        if (due.Count == 0)
        {
            return new(0, []);
        }

        await using var batch = new NpgsqlBatch(connection, transaction);
        var changes = new List<CustomerChange>(due.Count);
        var woken = new List<Woken>(due.Count);
        var opened = new List<Opened>(due.Count);
        var readable = new List<(Opened Customer, IReadOnlyList<KnownAddress> Recipients)>(due.Count);
        try
        {
            foreach (var (shop, shopVersion, row) in due)
            {
                await Try(batch, shop, row, at, async () =>
                {
                    var state = await State(connection, shop, row, ct);
                    opened.Add(new(await shops.Get(shop, shopVersion, connection, ct), row, state, await KeysOf(connection, shop, row, state.Customer, ct)));
                    readable.Add((opened[^1], Bars.Recipients(keys, opened[^1].Shop, state.Customer, opened[^1].Keys)));
                });
            }

            var barred = await Bars.Read(connection, [.. readable.Select(r => (r.Customer.Shop.Id, r.Recipients))], ct);
            foreach (var ((one, recipients), bars) in readable.Zip(barred))
            {
                await Try(batch, one.Shop.Id, one.Row, at, async () =>
                {
                    changes.Add(await WakeOne(connection, one, bars, recipients, at, decide, ct));
                    woken.Add(new(one.Shop, changes[^1].After));
                });
            }
        }
        finally
        {
            opened.ForEach(o => o.Dispose());
        }

        try
        {
            if (changes.Count > 0)
            {
                TransactionWrites.AddChanges(batch, changes, instance.Id);
            }

            await Write(batch, changes, ct);
            await transaction.CommitAsync(ct);
            Committed?.Invoke();
        }
        catch (Exception e) when (due.Count == 1 && IsCustomerFault(e) && !(e is PostgresException refused && IsConflict(refused)))
        {
            await transaction.RollbackAsync(ct);
            WakeFailed(log, due[0].Shop, due[0].Row.Id, e);
            await using var failed = new NpgsqlBatch(connection) { BatchCommands = { FailedCommand(due[0].Shop, due[0].Row.Id, at) } };
            await failed.ExecuteNonQueryAsync(ct);
            return new(due.Count, []);
        }

        return new(due.Count, woken);
    }

    // One customer's fault is recorded with that customer, and the others are woken all the same.
    private async Task Try(NpgsqlBatch batch, ShopId shop, CustomerRow row, DateTimeOffset at, Func<Task> wake)
    {
        try
        {
            await wake();
        }
        catch (NewerVersionException e)
        {
            LeftToNewer(log, shop, row.Id, e);
            batch.BatchCommands.Add(Sql.Command(Postponed, Sql.Text(shop.Value), Sql.Text(row.Id.Value), Sql.Instant(at)));
        }
        catch (Exception e) when (IsCustomerFault(e) && e is not PostgresException)
        {
            WakeFailed(log, shop, row.Id, e);
            batch.BatchCommands.Add(FailedCommand(shop, row.Id, at));
        }
    }

    private static async Task<CustomerChange> WakeOne(
        NpgsqlConnection connection, Opened one, KnownBars known, IReadOnlyList<KnownAddress> recipients, DateTimeOffset at, Decide decide,
        CancellationToken ct)
    {
        var context = new DecisionContext(one.Shop, LaterOf(at, one.State.Customer.RecordedAt), "wake", one.Keys.Seal, [], [])
        {
            Barred = known.Barred,
            Refused = known.Refused,
            Received = OrderMoves.Received(one.State.Customer, recipients),
        };
        var headers = new EventHeaders("clock", one.Row.Id.Value, one.Shop.Version, Instruments.TraceParent);
        return (await Decide(connection, one.State, context, mayLoadMore: true, state => Woken(state.Customer, context, headers, at, decide), ct))!;
    }

    private static CustomerChange Woken(Customer customer, DecisionContext context, EventHeaders headers, DateTimeOffset at, Decide decide)
    {
        var events = decide(customer, context);
        var after = CustomerFold.Evolve(customer, events);
        if (events.Count > 0)
        {
            after = after with { Version = customer.Version + events.Count, RecordedAt = context.At };
        }

        // Still due although nothing was decided: something outside is missing. Woken again in a minute rather than at once.
        var next = FollowUpDecisions.NextDue(after, context.Shop);
        if (events.Count == 0 && next <= at)
        {
            next = at + TimeSpan.FromMinutes(1);
        }

        return new(context.Shop.Id, after, customer.Version, [.. events.Select(e => Tag(e, after, "wake", "wake", headers))], next) { IsWake = true, ShopVersion = context.Shop.Version };
    }

    /// <summary>A due customer with the keys open.</summary>
    private sealed record Opened(ShopFacts Shop, CustomerRow Row, CustomerState State, KeyRing Keys) : IDisposable
    {
        public void Dispose() => Keys.Dispose();
    }

    private static async Task<List<(ShopId Shop, long ShopVersion, CustomerRow Row)>> Due(
        NpgsqlConnection connection, DateTimeOffset by, int atMost, CancellationToken ct)
    {
        var due = new List<(ShopId Shop, long ShopVersion, CustomerRow Row)>();
        await using (var command = new NpgsqlCommand(DueCustomers, connection) { Parameters = { Sql.Instant(by), Sql.Int(atMost) } })
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                due.Add((new(reader.GetString(0)), reader.GetInt64(1), TransactionReads.ReadRow(reader, 2)));
            }
        }

        return due.Count == 0 ? due : [.. due.Zip(await StateTable.Load(connection, [.. due.Select(d => (d.Shop, d.Row, StateQuery.Open))], ct), (d, row) => d with { Row = row })];
    }

    // Whether the failure comes of this customer's decision or rows, and not of the process's end or a lost connection.
    private static bool IsCustomerFault(Exception e) => e is PostgresException or not (OperationCanceledException or NpgsqlException);

    [LoggerMessage(
        EventId = LogEvents.WakeFailed, EventName = nameof(LogEvents.WakeFailed), Level = LogLevel.Error,
        Message = "Waking customer {Customer} of {Shop} failed; after five failures the customer is parked")]
    private static partial void WakeFailed(ILogger logger, ShopId shop, CustomerId customer, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Customer {Customer} of {Shop} is left to a newer version for a minute")]
    private static partial void LeftToNewer(ILogger logger, ShopId shop, CustomerId customer, Exception error);

    // Due again one minute after the first failure, then after four times as long each time.
    private static NpgsqlBatchCommand FailedCommand(ShopId shop, CustomerId customer, DateTimeOffset at) => Sql.Command(
        Failed, Sql.Text(shop.Value), Sql.Text(customer.Value), Sql.Instant(at), Sql.Int(MaxWakeFailures), Sql.Instant(at));
}
