using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Domain.Shops;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>Where a look ahead goes on: after a customer who is due, and, when all of those were read, after a queued message.</summary>
/// <param name="At">When the customer is due, or the message was queued.</param>
/// <param name="Id">Of the customer, or of the message.</param>
public readonly record struct ForecastKey(bool IsQueued, DateTimeOffset At, string Id)
{
    public static ForecastKey Start { get; } = new(IsQueued: false, DateTimeOffset.MinValue, "");
}

/// <summary>What is foreseen of a customer.</summary>
public sealed record ForeseenCustomer(ForecastKey Key, CustomerId Id, bool IsRestricted, Forecast Forecast);

/// <summary>A part of a look ahead.</summary>
/// <param name="Unreadable">How many customers were left out, because their rows could not be read.</param>
/// <param name="Next">Where the next part begins; none at the end.</param>
public sealed record ForeseenPage(IReadOnlyList<ForeseenCustomer> Customers, int Unreadable, ForecastKey? Next);

public sealed partial class MartenEventStore
{
    private const string ForeseenColumns = "c.id, c.id, c.version, c.fold, c.recorded_at, c.key_version, c.key";

    private const string UpcomingDue = $"""
        select c.due_at, c.id, true, {ForeseenColumns}
        from cx_customers c
        where c.shop = $1 and c.due_at < $2 and c.parked_at is null and c.lead is null and c.key is not null and (c.due_at, c.id) > ($3, $4)
        order by c.due_at, c.id limit $5
        """;

    // Each customer once, with the first message, and only those who are not due in the same time. `(select 'queued')` and "offset 0" keep the planner from
    // reading all that is queued, of all shops, where it takes that for little.
    private const string UpcomingQueued = $"""
        select o.queued_at, o.message,
          c.key is not null and c.parked_at is null and (c.due_at is null or c.due_at >= $2) and not exists (
            select from unnest(array(select id from cx_customers l where l.shop = $1 and l.lead = c.id) || c.id) m (id),
              lateral (select status, queued_at, message from cx_outbox where shop = $1 and customer = m.id offset 0) p
            where p.status = 'queued' and (p.queued_at, p.message) < (o.queued_at, o.message)),
          {ForeseenColumns}
        from (select queued_at, message, customer from cx_outbox where shop = $1 and status = (select 'queued') and (queued_at, message) > ($3, $4) order by queued_at, message limit $5) o,
        lateral (select id, lead from cx_customers where shop = $1 and id = o.customer limit 1) m,
        lateral (select * from cx_customers where shop = $1 and id = coalesce(m.lead, m.id) limit 1) c
        order by o.queued_at, o.message
        """;

    /// <summary>
    /// What will be decided about a shop's customers if no fact comes: of those in whom something is due before an instant, or whose message is queued, and of
    /// nobody else. Nothing is recorded. Where a step waits for products to offer, the forecast of that customer breaks off and says so.
    /// </summary>
    /// <param name="until">Up to when, exclusive.</param>
    /// <param name="after">The <see cref="ForeseenPage.Next"/> of the part before.</param>
    /// <param name="atMost">How many customers are loaded at once; there may be fewer although there is a next part.</param>
    public async Task<ForeseenPage> Foresee(ShopFacts shop, DateTimeOffset at, DateTimeOffset until, ForecastKey after, int atMost, CancellationToken ct)
    {
        if (after == ForecastKey.Start)
        {
            // A change of the shop may make customers due who are not marked yet.
            await PlanChanges.MarkAll(database, ct);
        }

        await using var connection = await database.OpenConnectionAsync(ct);
        var (found, next) = await Upcoming(connection, shop.Id, until, after, atMost, ct);
        var rows = found.Count == 0 ? [] : await StateTable.Load(connection, [.. found.Select(f => (shop.Id, f.Row, StateQuery.Open))], ct);
        var opened = new List<(ForecastKey Key, Opened Customer, IReadOnlyList<KnownAddress> Recipients)>(found.Count);
        var foreseen = new List<ForeseenCustomer>(found.Count);
        var unreadable = 0;
        try
        {
            foreach (var (key, row) in found.Zip(rows, (f, row) => (f.Key, row)))
            {
                await TryForesee(row, async () =>
                {
                    var state = await State(connection, shop.Id, row, ct);
                    var one = new Opened(shop, row, state, await KeysOf(connection, shop.Id, row, state.Customer, ct));
                    opened.Add((key, one, []));
                    opened[^1] = (key, one, Bars.Recipients(keys, shop, state.Customer, one.Keys));
                });
            }

            var barred = await Bars.Read(connection, [.. opened.Select(r => (shop.Id, r.Recipients))], ct);
            foreach (var ((key, one, recipients), bars) in opened.Zip(barred))
            {
                await TryForesee(one.Row, async () =>
                {
                    var context = new DecisionContext(shop, LaterOf(at, one.State.Customer.RecordedAt), "forecast", one.Keys.Seal, [], [])
                    {
                        Barred = bars.Barred,
                        Refused = bars.Refused,
                        Received = OrderMoves.Received(one.State.Customer, recipients),
                    };
                    foreseen.Add(new(key, one.Row.Id, one.State.Customer.IsRestricted, await ForeseeOne(connection, one.State, context, until, ct)));
                });
            }
        }
        finally
        {
            opened.ForEach(o => o.Customer.Dispose());
        }

        return new(foreseen, unreadable, next);

        async Task TryForesee(CustomerRow row, Func<Task> foresee)
        {
            try
            {
                await foresee();
            }
            catch (Exception e) when (IsCustomerFault(e) && e is not PostgresException)
            {
                NotForeseen(log, shop.Id, row.Id, e);
                unreadable++;
            }
        }
    }

    private static async Task<Forecast> ForeseeOne(NpgsqlConnection connection, CustomerState state, DecisionContext context, DateTimeOffset until, CancellationToken ct)
    {
        while (true)
        {
            var missing = state.Missing(state.Customer, [], context.Shop);
            if (missing is null)
            {
                var forecast = Forecast.Of(state.Customer, context, OfferChoice.NotLookedUp, until);

                // Of a message that the forecast itself queues, nothing is stored.
                missing = state.Missing(
                    forecast.After, [.. forecast.Events.Where(e => e is not (MessageAttempted or MessageAccepted) || state.Customer.Messages.ContainsKey(((IMessageEvent)e).Message))], context.Shop);
                if (missing is null)
                {
                    return forecast;
                }
            }

            state = await StateTable.More(connection, context.Shop.Id, state, missing, ct);
        }
    }

    private static async Task<(List<(ForecastKey Key, CustomerRow Row)> Found, ForecastKey? Next)> Upcoming(
        NpgsqlConnection connection, ShopId shop, DateTimeOffset until, ForecastKey after, int atMost, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(after.IsQueued ? UpcomingQueued : UpcomingDue, connection)
        {
            Parameters = { Sql.Text(shop.Value), Sql.Instant(until), Sql.Instant(after.At), Sql.Text(after.Id), Sql.Int(atMost) },
        };
        var found = new List<(ForecastKey Key, CustomerRow Row)>();
        var (read, last) = (0, after);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            (read, last) = (read + 1, new(after.IsQueued, reader.GetFieldValue<DateTimeOffset>(0), reader.GetString(1)));
            if (reader.GetBoolean(2))
            {
                found.Add((last, TransactionReads.ReadRow(reader, 3)));
            }
        }

        return (found, read == atMost ? last : after.IsQueued ? null : ForecastKey.Start with { IsQueued = true });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Customer {Customer} of {Shop} is left out of a forecast")]
    private static partial void NotForeseen(ILogger logger, ShopId shop, CustomerId customer, Exception error);
}
