using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Npgsql;
using static Cx.Application.EventStore.Sql;

namespace Cx.Application.EventStore;

/// <summary>The rows behind a move of an order from one customer to another, and what had been written about it.</summary>
internal static class OrderMoves
{
    private const string Pointers = """
        with moved as (
          update cx_identifiers i set customer = r.customer from unnest($1, $2, $3, $4, $5) r (shop, kind, hash, former, customer)
          where i.shop = r.shop and i.kind = r.kind and i.hash = r.hash and i.customer = r.former
          returning 1)
        select cx_expect(count(*), $6) from moved
        """;

    private const string WithNumber = """
        select distinct w.id
        from unnest((select $2)) w (id),
        lateral (select w.id member union all (select id from cx_customers where shop = $1 and lead = w.id)) m,
        lateral (
          select from cx_identifiers i
          where i.shop = $1 and i.customer = m.member and i.kind = $3 and (i.source is null or i.source = coalesce($4, i.source)) limit 1) i
        """;

    /// <summary>Which of the customers have a shop customer id of a system, themselves or by one linked to them.</summary>
    /// <param name="numbering">The system; none: of any.</param>
    public static async Task<IReadOnlySet<CustomerId>> HavingNumber(
        NpgsqlConnection connection, ShopId shop, IReadOnlyList<CustomerId> customers, string? numbering, CancellationToken ct)
    {
        if (customers.Count == 0)
        {
            return new HashSet<CustomerId>();
        }

        await using var command = new NpgsqlCommand(WithNumber, connection)
        {
            Parameters = { Text(shop.Value), Texts([.. customers.Select(c => c.Value)]), Short((short)IdentifierKind.ShopCustomerId), Text(numbering) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new HashSet<CustomerId>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(new(reader.GetString(0)));
        }

        return found;
    }

    public static void AddPointers(NpgsqlBatch batch, IReadOnlyList<CustomerChange> changes)
    {
        var rows = changes.SelectMany(c => c.MovedHere, (c, p) => (c.Shop, Pointer: p, By: c.By ?? c.After.Id)).ToArray();
        if (rows.Length > 0)
        {
            batch.BatchCommands.Add(Command(
                Pointers, Texts([.. rows.Select(r => r.Shop.Value)]), Shorts([.. rows.Select(r => (short)r.Pointer.Kind)]), Bytes([.. rows.Select(r => r.Pointer.Hash)]),
                Texts([.. rows.Select(r => r.Pointer.Customer!.Value.Value)]), Texts([.. rows.Select(r => r.By.Value)]), Long(rows.Length)));
        }
    }

    /// <summary>What is written about the order so far, by address.</summary>
    public static IReadOnlyList<ReceivedStep> Received(InstallationKeys keys, ShopFacts shop, Customer customer, OrderId id, KeyRing ring)
    {
        var order = customer.Orders.GetValueOrDefault(id);
        var sent =
            from message in customer.Messages.Values
            where message.Order == id && message.MayHaveArrived
            let address = message.To ?? Recipient.Address(customer, order, message.Channel)
            where address is not null
            from kind in TransactionWrites.KindsOf(message.Channel)
            let hashes = Identification.Hashes(keys, shop, (IdentifierKind)kind, ring.Open(address), order?.Contact?.Country ?? customer.Details.Country)
            where hashes.Count > 0
            select new ReceivedStep(customer.FollowUps[message.FollowUp].Cadence, message.Step, hashes[0].Version, Convert.ToHexStringLower(hashes[0].Hash));
        return [.. (order?.Moved?.Received ?? []).Concat(sent).Distinct()];
    }

    /// <summary>What addresses of the customer got about orders before those came to the customer.</summary>
    /// <param name="recipients">Where messages may go.</param>
    public static IReadOnlyList<ReceivedMessage> Received(Customer customer, IReadOnlyList<KnownAddress> recipients) =>
    [
        .. from order in customer.Orders
           from step in order.Value.Moved?.Received ?? []
           from recipient in recipients
           where recipient.Hashes.Any(h => h.Version == step.KeyVersion && Convert.ToHexStringLower(h.Hash) == step.Address)
           select new ReceivedMessage(order.Key, step.Cadence, step.Step, recipient.Address),
    ];
}

public sealed partial class MartenEventStore
{
    /// <summary>The causation of the facts that come with an order.</summary>
    internal const string MoveCause = "order-reassigned";

    /// <summary>
    /// Decides about the owner of an order and another person whom the delivery names as its buyer: the order moves to that person if the statement is the
    /// latest. Else the facts of the order go to its owner, and what is said of the person to the person.
    /// </summary>
    private async Task<IReadOnlyList<CustomerChange>> DecideBoth(
        NpgsqlConnection connection, TransactRequest request, ShopFacts facts, CustomerTransaction transaction, OrderOwner owner, CancellationToken ct)
    {
        var ring = owner.Transaction.Keys;
        var at = LaterOf(LaterOf(clock.GetUtcNow(), owner.Transaction.State.Customer.RecordedAt), transaction.State.Customer.RecordedAt);
        var context = new DecisionContext(facts, at, request.Command.Correlation, ring.Seal, [], [])
        {
            HashId = Lookup.GivenId(keys, request.Shop),
            Share = FactShare.Order,
            By = owner.Transaction.By,
        };
        var isOnlyOrder = request.Who is CustomerRef.ByIdentifiers { Identifiers: var identifiers } && identifiers.Count(i => i.Kind == IdentifierKind.Order) == 1;
        if (!transaction.IsErased && isOnlyOrder && OrderReassignment.Stated(request.Command.Delivery?.Facts ?? []) is var (order, statedAt))
        {
            var leaving = new OrderReassigned(order, owner.Transaction.State.Customer.Id, transaction.State.Customer.Id, Arrives: false, 0, [], [], statedAt ?? at)
            {
                Buyer = statedAt is null ? null : transaction.Buyer,
            };
            var state = await About(connection, request.Shop, owner.Transaction.State, leaving, ct);
            var known = state.Customer.Orders.GetValueOrDefault(order);
            if (OrderReassignment.IsLater(known, statedAt, transaction.Buyer!))
            {
                var carried = await FactsOf(connection, request.Shop, state.Customer, order, ct);
                leaving = leaving with
                {
                    Move = (known?.Moved?.Number ?? 0) + 1,
                    Checkouts = [.. carried.OfType<CheckoutStarted>().Select(x => x.Checkout).Distinct(StringComparer.Ordinal)],
                    Received = OrderMoves.Received(keys, facts, state.Customer, order, ring),
                };
                var left = await DecideOwner(state, (customer, s) => Recording.Decide(customer, s with { Share = FactShare.All }, [leaving]));
                var moved = await DecideOne(
                    connection, request, facts, transaction,
                    person => person with { At = at, Arriving = [leaving with { Arrives = true }, .. carried.Select(f => f.Sealed(v => v is null ? null : Personal.Clear(ring.Open(v))))] },
                    isLocked: true, ct);
                return [left, moved! with { MovedHere = owner.Pointers }];
            }
        }

        var kept = await DecideOwner(owner.Transaction.State, request.Decide);
        if (transaction.IsErased)
        {
            return [kept with { Delivery = request.Command.Delivery is { } unkept ? unkept with { Archive = null } : null }];
        }

        var named = (await DecideOne(connection, request, facts, transaction, person => person with { At = at, Share = FactShare.Person, Buyer = null }, isLocked: true, ct))!;
        return named.Customer is not null ? [kept, named] : [kept with { Delivery = named.Delivery, Others = named.Others }, named with { Delivery = null }];

        async Task<CustomerChange> DecideOwner(CustomerState state, Decide decide)
        {
            var change = await Decide(connection, state, context, mayLoadMore: true, s => Apply(request, owner.Transaction, s.Customer, context, [], decide), ct);
            return change! with { At = at, By = owner.Transaction.By };
        }
    }

    /// <summary>The facts about an order that stand in a customer's streams: those since it came there last.</summary>
    private async Task<IReadOnlyList<ICustomerEvent>> FactsOf(NpgsqlConnection connection, ShopId shop, Customer customer, OrderId order, CancellationToken ct)
    {
        var facts = new List<ICustomerEvent>();
        await foreach (var recorded in ReadCustomer(marten, connection, shop, [.. customer.Ids], AsOf.Now, ct))
        {
            var fact = (ICustomerEvent)recorded.Event;
            if (fact is OrderReassigned move && move.Order == order)
            {
                facts.Clear();
            }
            else if (OrderReassignment.IsOfOrder(fact, order))
            {
                facts.Add(fact);
            }
        }

        return facts;
    }

    // With the follow-ups about the order, and the last message of each of their steps.
    private static async Task<CustomerState> About(NpgsqlConnection connection, ShopId shop, CustomerState state, OrderReassigned move, CancellationToken ct)
    {
        if (state.Loaded.IsEverything)
        {
            return state;
        }

        var about = await StateTable.More(connection, shop, state, StateQuery.Of([move]), ct);
        var messages = about.Customer.FollowUps.Values.Where(f => f.Order == move.Order).SelectMany(f => f.Steps.Values).Select(s => s.Message).OfType<MessageId>().ToList();
        return messages.Count == 0 ? about : await StateTable.More(connection, shop, about, messages.Select(StateQuery.Of).Aggregate((one, other) => one.And(other)), ct);
    }
}
