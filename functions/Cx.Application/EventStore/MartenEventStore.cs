using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using Marten;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>
/// The event store on Marten. One round trip reads all that a decision sees. One transaction writes what follows from it: first the rows that guard
/// against other transactions by the versions that were read, then the events. After a conflict it reads and decides again, with the customer's row
/// locked.
/// </summary>
public sealed partial class MartenEventStore(
    IDocumentStore marten, NpgsqlDataSource database, InstallationKeys keys, ShopDirectory shops, Instance instance, TimeProvider clock,
    ILogger<MartenEventStore> log) : IEventStore, ICustomerReader
{
    private const int MaxTries = 50;

    /// <summary>Raised after each commit that appended something.</summary>
    public event Action? Committed;

    /// <summary>Raised after a commit that changed a shop's facts.</summary>
    public event Action<ShopId>? Configured;

    public async Task<Outcome> Transact(ShopId shop, CustomerRef who, Command command, Decide decide, CancellationToken ct)
    {
        var request = new TransactRequest(shop, who, command, decide, ct);
        if (await CommitBatched(request) is { } outcome)
        {
            return outcome;
        }

        return await Retried(() => CommitSingle(request), ct);
    }

    // A conflict with another copy of the delivery: the next try reads it.
    public Task<TransactResult> RecordDelivery(ShopId shop, Delivery delivery, CancellationToken ct) => Retried(
        async () =>
        {
            await using var connection = await database.OpenConnectionAsync(ct);
            var loaded = (await Load(connection, [new(shop, new CustomerRef.ByIdentifiers([]), delivery, StateQuery.Open)], locking: false, ct))[0];
            if (loaded.SeenBody is { } body)
            {
                return (await RecordRepeated(connection, null, shop, delivery, body, ct)).Result;
            }

            await using var batch = new NpgsqlBatch(connection);
            TransactionWrites.AddDelivery(batch, shop, delivery);
            await batch.ExecuteNonQueryAsync(ct);
            return TransactResult.Committed;
        },
        ct);

    public async Task<OpenCustomer?> Open(ShopId shop, CustomerId customer, StateQuery reads, CancellationToken ct, bool readsBarred = false)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var loaded = (await Load(connection, [new(shop, new CustomerRef.ById(customer), null, reads)], locking: false, ct))[0];
        if (loaded.Customers.Count == 0)
        {
            return null;
        }

        var row = loaded.Customers[0];
        var facts = await shops.Get(shop, loaded.ShopVersion, connection, ct);
        var state = (await State(connection, shop, row, ct)).Customer;
        var ring = row.IsErased ? null : await KeysOf(connection, shop, row, state, ct);
        if (!readsBarred || ring is null)
        {
            return new(state, row.By, facts, ring);
        }

        var recipients = Bars.Recipients(keys, facts, state, ring);
        var bars = await Bars.Read(connection, [(shop, recipients)], ct);
        return new(state, row.By, facts, ring) { Against = (bars[0], OrderMoves.Received(state, recipients)) };
    }

    private static bool IsConflict(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
        || (e.SqlState == PostgresErrorCodes.UniqueViolation && e.TableName is "cx_deliveries" or "cx_customers" or "cx_identifiers" or "mt_streams" or "mt_events" or "cx_archive");

    /// <summary>Runs a transaction again, with what is then stored, as long as it conflicts with others.</summary>
    private static async Task<T> Retried<T>(Func<Task<T>> transaction, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await transaction();
            }
            catch (PostgresException e) when (IsConflict(e) && tries < MaxTries)
            {
                await BackOff(tries, ct);
            }
        }
    }

    // A random pause of a few milliseconds separates requests that keep conflicting with each other.
    private static Task BackOff(int tries, CancellationToken ct) =>
        tries < 2 ? Task.CompletedTask : Task.Delay(Random.Shared.Next(1, 11), ct);

    /// <summary>One transaction for one request, with the customer's row locked from the beginning.</summary>
    private async Task<Outcome> CommitSingle(TransactRequest request)
    {
        var (shop, who, command, _, ct) = request;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var loaded = (await Load(connection, [new(shop, who, command.Delivery, command.Reads)], locking: true, ct))[0];
        if (command.Delivery is { } seen && loaded.SeenBody is { } body)
        {
            return await RecordRepeated(connection, transaction, shop, seen, body, ct);
        }

        if (!loaded.IsWhole)
        {
            throw new PostgresException("cx: an identifier moved since it was read", "ERROR", "ERROR", PostgresErrorCodes.SerializationFailure);
        }

        if (loaded.IsOfErased)
        {
            return await RecordErased(connection, transaction, shop, command.Delivery, ct);
        }

        if (request.MustWait(loaded))
        {
            return await RecordWaiting(connection, transaction, shop, (CustomerRef.ByIdentifiers)who, command.Delivery!, ct);
        }

        var changes = (await Decide(connection, request, loaded, isLocked: true, ct))!;
        await using var batch = new NpgsqlBatch(connection, transaction);
        TransactionWrites.AddChanges(batch, [.. changes.OrderBy(c => c.After.Id.Value, StringComparer.Ordinal)], instance.Id);
        if (batch.BatchCommands.Count > 0)
        {
            await Write(batch, changes, ct);
            await transaction.CommitAsync(ct);
            Committed?.Invoke();
        }

        return OutcomeOf(changes.LastOrDefault(c => c.Events.Count > 0) ?? changes[^1]);
    }

    /// <returns>One for each customer that is changed, the person whom the request names last; none when the rows have to be locked first.</returns>
    private async Task<IReadOnlyList<CustomerChange>?> Decide(NpgsqlConnection connection, TransactRequest request, Loaded loaded, bool isLocked, CancellationToken ct)
    {
        var facts = await shops.Get(request.Shop, loaded.ShopVersion, connection, ct);
        var transaction = await Resolve(connection, request, loaded, ct);
        using var ring = transaction.Keys;
        using var ownersRing = transaction.Owner?.Transaction.Keys;
        return transaction.Owner is { } owner
            ? isLocked ? await DecideBoth(connection, request, facts, transaction, owner, ct) : null
            : await DecideOne(connection, request, facts, transaction, context => context, isLocked, ct) is { } change ? [change] : null;
    }

    /// <summary>Decides about the person whom the request names.</summary>
    private async Task<CustomerChange?> DecideOne(
        NpgsqlConnection connection, TransactRequest request, ShopFacts facts, CustomerTransaction transaction, Func<DecisionContext, DecisionContext> complete, bool isLocked,
        CancellationToken ct)
    {
        var (shop, command, customer) = (request.Shop, request.Command, transaction.State.Customer);
        var ring = transaction.Keys;
        var recipients = command.ReadsBarred ? Bars.Recipients(keys, facts, customer, ring) : [];
        var known = command.ReadsBarred ? (await Bars.Read(connection, [(shop, recipients)], ct))[0] : KnownBars.None;
        var context = complete(new(facts, LaterOf(clock.GetUtcNow(), customer.RecordedAt), command.Correlation, ring.Seal, transaction.Objections, transaction.Conflicts)
        {
            HashId = Lookup.GivenId(keys, shop),
            Barred = known.Barred,
            Refused = known.Refused,
            Received = OrderMoves.Received(customer, recipients),
            Buyer = transaction.Buyer,
            By = transaction.By,
        });
        var waiting = await WaitingFor(connection, shop, transaction, ct);
        var change = await Decide(connection, transaction.State, context, isLocked, state => Apply(request, transaction, state.Customer, context, waiting, request.Decide), ct);
        IReadOnlyList<ICustomerEvent> events = [.. change?.Events.Select(e => (ICustomerEvent)e.Event) ?? []];
        return change is null ? null : change with
        {
            // The payload that asks for an erasure names the person, so it is not archived.
            Delivery = change.After.IsErased && command.Delivery is { } delivery ? delivery with { Archive = null } : command.Delivery,
            Others = [.. transaction.Conflicts.Select(c => c.Other)],
            By = transaction.By,
            At = context.At,
            Bar = command.Bar,
            Audit = command.Audit,
            Lifted = change.After.IsErased ? [] : Bars.Lifted(keys, facts, request.Who, change.After, events, ring),
            Noted = change.After.IsErased ? [] : Refusals.Of(keys, facts, change.After, events, transaction.Named, ring),
        };
    }

    /// <summary>Decides about what is loaded, and again with more where the decision may have read that.</summary>
    /// <param name="mayLoadMore">
    /// Whether the customer's row is locked. Another transaction may else have changed it since the state was loaded, and the two parts would not agree.
    /// </param>
    /// <returns>None when more has to be loaded than may be.</returns>
    private static async Task<CustomerChange?> Decide(
        NpgsqlConnection connection, CustomerState state, DecisionContext context, bool mayLoadMore, Func<CustomerState, CustomerChange> decide, CancellationToken ct)
    {
        while (true)
        {
            var missing = state.Missing(state.Customer, [], context.Shop);
            if (missing is null)
            {
                var change = decide(state);
                missing = state.Missing(change.After, [.. change.Events.Select(e => (ICustomerEvent)e.Event)], context.Shop);
                if (missing is null)
                {
                    var (rows, removed) = state.Changes(change.After, context.Shop);
                    return change with { Rows = rows, Removed = removed, IsRebuilt = state.IsRebuilt };
                }
            }

            if (!mayLoadMore)
            {
                return null;
            }

            state = await StateTable.More(connection, context.Shop.Id, state, missing, ct);
        }
    }

    private static Outcome OutcomeOf(CustomerChange change) =>
        new(TransactResult.Committed, change.Customer, [.. change.Events.Select(e => (ICustomerEvent)e.Event)]);

    private static async Task<IReadOnlyList<Loaded>> Load(
        NpgsqlConnection connection, IReadOnlyList<LoadQuery> queries, bool locking, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        TransactionReads.Add(batch, queries, locking);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return [.. (await TransactionReads.Read(reader, queries, ct)).Zip(queries, (loaded, query) => query.Who is CustomerRef.ByIdentifiers ? loaded.WithoutErased() : loaded)];
    }

    private static async Task<Outcome> RecordRepeated(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, ShopId shop, Delivery delivery, byte[] body, CancellationToken ct)
    {
        if (body.AsSpan().SequenceEqual(delivery.Body))
        {
            return new(TransactResult.Duplicate, null, []);
        }

        await using var command = new NpgsqlCommand("insert into cx_delivery_conflicts values ($1, $2, $3, $4) on conflict do nothing", connection, transaction)
        {
            Parameters = { Sql.Text(shop.Value), Sql.Bytes(delivery.Key), Sql.Bytes(delivery.Body), Sql.Instant(delivery.ReceivedAt) },
        };
        await command.ExecuteNonQueryAsync(ct);
        await Commit(transaction, ct);
        return new(TransactResult.KeyConflict, null, []);
    }

    private static async Task<Outcome> RecordErased(
        NpgsqlConnection connection, NpgsqlTransaction transaction, ShopId shop, Delivery? delivery, CancellationToken ct)
    {
        if (delivery is not null)
        {
            await using var batch = new NpgsqlBatch(connection, transaction);
            TransactionWrites.AddDelivery(batch, shop, delivery with { Archive = null });
            await batch.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return new(TransactResult.Erased, null, []);
    }

    private async Task<Outcome> RecordWaiting(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, ShopId shop, CustomerRef.ByIdentifiers who, Delivery delivery, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        var references = who.Identifiers.Select(i => new Claim(i.Kind, i.Hashes[0])).DistinctBy(c => (c.Kind, Convert.ToHexString(c.Hash.Hash)));
        TransactionWrites.AddWaiting(batch, shop, delivery, [.. references], WaitingDeliveries.Seal(keys, shop, delivery));
        await batch.ExecuteNonQueryAsync(ct);
        await Commit(transaction, ct);
        return new(TransactResult.Waiting, null, []);
    }

    private static Task Commit(NpgsqlTransaction? transaction, CancellationToken ct) => transaction?.CommitAsync(ct) ?? Task.CompletedTask;

    // Cut to microseconds, as PostgreSQL keeps them: the decision sees the instant that will be read back.
    private static DateTimeOffset LaterOf(DateTimeOffset clock, DateTimeOffset last) =>
        new DateTimeOffset(clock.UtcTicks - (clock.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero) is var now && now > last ? now : last;
}
