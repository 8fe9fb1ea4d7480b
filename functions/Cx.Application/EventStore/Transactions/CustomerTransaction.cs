using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Npgsql;

namespace Cx.Application.EventStore;

/// <summary>An identifier that becomes a customer's.</summary>
/// <param name="IsAwaited">Whether a delivery that waits for it had made its row.</param>
/// <param name="For">The linked customer whose it becomes; none: the one by whom the delivery came.</param>
/// <param name="Source">The system whose customer number it is; none where it is no number, or the system is not known.</param>
internal readonly record struct Claim(IdentifierKind Kind, KeyedHash Hash, bool IsAwaited = false, CustomerId? For = null, string? Source = null);

/// <summary>The customer that a transaction is about, found or new, and what the identifiers say besides.</summary>
/// <param name="By">The customer whose own identifier led here; another than the customer's when the two are linked.</param>
internal sealed record CustomerTransaction(
    CustomerState State, CustomerId By, KeyRing Keys, bool IsNew, IReadOnlyList<Claim> Claims,
    IReadOnlyList<Objection> Objections, IReadOnlyList<(CustomerId Other, IdentifierKind By)> Conflicts)
{
    /// <summary>Whose the order is that the delivery names, where that is another customer than the person whom it names.</summary>
    public OrderOwner? Owner { get; init; }

    /// <summary>The keyed hash of the shop customer id that was named; none where none was.</summary>
    public string? Buyer { get; init; }

    /// <summary>The identifiers that were named, as they were found.</summary>
    public IReadOnlyList<FoundIdentifier> Named { get; init; } = [];

    /// <summary>Whether the person named was erased: nothing of them is recorded.</summary>
    public bool IsErased { get; init; }
}

/// <summary>The customer whose an order is.</summary>
/// <param name="Pointers">The rows that lead from the order's id to that customer.</param>
internal sealed record OrderOwner(CustomerTransaction Transaction, IReadOnlyList<FoundIdentifier> Pointers);

/// <summary>What one decision changes of a customer, ready to be written.</summary>
/// <param name="Before">The version that was read: if another transaction has changed it since, everything is read and decided
/// again.</param>
internal sealed record CustomerChange(ShopId Shop, Customer After, long Before, IReadOnlyList<Appended> Events, DateTimeOffset? DueAt)
{
    /// <summary>Its events as they go to the end of the customer's stream; none when nothing was decided.</summary>
    public IEnumerable<StreamAppend> Appends => Events.Count == 0 ? [] : [new(Shop, CustomerStream.Of(After.Id), After.Version, After.RecordedAt, Events)];

    /// <summary>The version of the shop's facts by which the due instant was found: where it is another one by now, the customer is due at once.</summary>
    public required long ShopVersion { get; init; }

    /// <summary>The sealing key of a customer who did not exist.</summary>
    public Wrapped? NewKey { get; init; }

    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>Waiting deliveries that this change applies, once for each reference they wait for.</summary>
    public IReadOnlyList<WaitingDelivery> Applied { get; init; } = [];

    /// <summary>The instant of the decision.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>An address that is barred whatever is recorded.</summary>
    public Bar? Bar { get; init; }

    /// <summary>The last contact that it brings; none where it brings none.</summary>
    public DateTimeOffset? LastContact { get => field ?? Inactivity.LatestContact(Events.Select(e => (ICustomerEvent)e.Event)); init; }

    /// <summary>What is written down of it.</summary>
    public Audit? Audit { get; init; }

    /// <summary>Addresses that an explicit consent names.</summary>
    public IReadOnlyList<LiftedBar> Lifted { get; init; } = [];

    /// <summary>Addresses that were refused, or are given anew.</summary>
    public IReadOnlyList<AddressNote> Noted { get; init; } = [];

    /// <summary>The delivery behind it, as it is kept.</summary>
    public Delivery? Delivery { get; init; }

    /// <summary>What led to the former owner of an order, and leads to this customer now.</summary>
    public IReadOnlyList<FoundIdentifier> MovedHere { get; init; } = [];

    /// <summary>Further customers whom the delivery concerns.</summary>
    public IReadOnlyList<CustomerId> Others { get; init; } = [];

    /// <summary>None when a person was only named and nothing was recorded of them.</summary>
    public CustomerId? Customer => After.Version > 0 ? After.Id : null;

    /// <summary>The linked customer by whom it came, whose identifiers and payload become; none: the customer itself.</summary>
    public CustomerId? By { get; init; }

    /// <summary>The customer to which this one is linked; none: it leads, or stands alone.</summary>
    public CustomerId? Lead { get; init; }

    /// <summary>The rows of the customer's state that it leaves.</summary>
    public IReadOnlyList<StateRow> Rows { get; init; } = [];

    /// <summary>The rows of what the customer has no more.</summary>
    public IReadOnlyList<ItemKey> Removed { get; init; } = [];

    /// <summary>Whether the rows replace all that are stored.</summary>
    public bool IsRebuilt { get; init; }

    /// <summary>Whether it comes of a wake: then the due instant is written anew also where nothing was decided.</summary>
    public bool IsWake { get; init; }

    /// <summary>Whether anything of the customer's is to be written.</summary>
    public bool IsChange => IsWake || Events.Count > 0 || Claims.Count > 0;
}

public sealed partial class MartenEventStore
{
    /// <summary>Finds the customer among what was loaded, or starts a new one.</summary>
    private async Task<CustomerTransaction> Resolve(NpgsqlConnection connection, TransactRequest request, Loaded loaded, CancellationToken ct)
    {
        var (shop, who, numbering) = (request.Shop, request.Who, request.Command.Numbering);
        if (who is not CustomerRef.ByIdentifiers named)
        {
            var customer = ((CustomerRef.ById)who).Customer;
            var row = loaded.Customers.Count > 0 ? loaded.Customers[0] : throw new UnknownCustomerException(shop, customer);
            var state = await State(connection, shop, row, ct);
            return new(state, row.By, await KeysOf(connection, shop, row, state.Customer, ct), IsNew: false, [], [], []);
        }

        var found = loaded.Identifiers.ToLookup(f => f.Kind);
        var pointers = named.Identifiers
            .OrderBy(i => i.Kind)
            .SelectMany(i => i.Hashes.SelectMany(h => found[i.Kind].Where(f => f.Customer is not null && f.IsOneOf([h]))), (i, f) => (Identifier: i, f.Customer))
            .Select(p => (p.Identifier, p.Identifier.Kind, p.Customer, Row: loaded.Customers.First(c => c.By == p.Customer)))
            .ToList();
        var claims = named.Identifiers
            .Where(i => !found[i.Kind].Any(f => f.Customer is not null && f.IsOneOf(i.Hashes)))
            .SelectMany(i => Claims(i, found[i.Kind]))
            .DistinctBy(c => (c.Kind, Convert.ToHexString(c.Hash.Hash)))
            .ToList();
        List<Objection> objections = [.. loaded.Identifiers.SelectMany(f => f.Objections)];

        // A number that nobody has joins no record that has another one of the same system.
        var number = named.Identifiers.FirstOrDefault(i => i.Kind == IdentifierKind.ShopCustomerId);
        var numbered = pointers.Find(p => p.Kind == IdentifierKind.ShopCustomerId).Row;
        IReadOnlyList<CustomerId> asked = number is null || numbered is not null ? [] : [.. pointers.Select(p => p.Row.Id)];
        var closed = await OrderMoves.HavingNumber(connection, shop, asked, numbering, ct);
        var isErased = number is not null && found[IdentifierKind.ShopCustomerId].Any(f => f.IsErased && f.IsOneOf(number.Hashes));
        var owner = pointers.Find(IsOrder).Row;
        bool IsOrder((Identifier Identifier, IdentifierKind Kind, CustomerId? Customer, CustomerRow Row) p) => p.Kind == IdentifierKind.Order;
        var isOfAnother = number is not null && owner is not null && (numbered is not null ? numbered.Id != owner.Id : isErased || closed.Contains(owner.Id));
        var persons = pointers.Where(p => !closed.Contains(p.Row.Id) && !(isOfAnother && IsOrder(p))).ToList();
        var lead = persons.FirstOrDefault().Row;
        var conflicts = pointers.Where(p => p.Row.Id != lead?.Id && !(isOfAnother && IsOrder(p)))
            .DistinctBy(p => p.Row.Id).Select(p => (p.Row.Id, p.Kind)).ToList();
        claims.AddRange(
            from p in pointers.Where(p => p.Row.Id == lead?.Id).DistinctBy(p => p.Identifier)
            from claim in Rehashed(p.Identifier, found[p.Kind])
            select claim with { For = p.Customer });
        claims = claims.ConvertAll(c => c.Kind == IdentifierKind.ShopCustomerId ? c with { Source = numbering } : c);
        return await Started(lead) with
        {
            Claims = claims,
            Objections = objections,
            Named = loaded.Identifiers,
            Conflicts = conflicts,
            Buyer = number is null ? null : Convert.ToHexStringLower(number.Hashes[^1].Hash),
            IsErased = isOfAnother && isErased,
            Owner = isOfAnother
                ? new(await Started(owner), [.. found[IdentifierKind.Order].Where(f => pointers.Exists(p => IsOrder(p) && p.Row.Id == owner!.Id && p.Row.By == f.Customer))])
                : null,
        };

        async Task<CustomerTransaction> Started(CustomerRow? row)
        {
            var id = new CustomerId(Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"));
            if (row is null)
            {
                return new(CustomerState.New(id), id, new(CustomerKey.Create()), IsNew: true, [], [], []);
            }

            var known = await State(connection, shop, row, ct);
            return new(known, row.By, await KeysOf(connection, shop, row, known.Customer, ct), IsNew: false, [], [], []);
        }
    }

    private static async Task<IReadOnlyList<WaitingDelivery>> WaitingFor(NpgsqlConnection connection, ShopId shop, CustomerTransaction transaction, CancellationToken ct)
    {
        var awaited = transaction.Claims.Where(c => c.IsAwaited).ToList();
        return awaited.Count == 0 ? [] : await WaitingDeliveries.Read(connection, shop, awaited, ct);
    }

    /// <summary>What the decided events, and those of the deliveries that waited for this customer, change.</summary>
    private CustomerChange Apply(
        TransactRequest request, CustomerTransaction transaction, Customer before, DecisionContext context, IReadOnlyList<WaitingDelivery> applied, Decide decide)
    {
        var (shop, command) = (request.Shop, request.Command);
        var events = decide(before, context);
        var customer = CustomerFold.Evolve(before, events);
        var arrived = context.Arriving.Select(e => e.Sealed(context.Seal)).ToHashSet();
        var headers = new EventHeaders(command.Source, transaction.By.Value, context.Shop.Version, request.Trace);
        var appended = events.Select(e => Tag(e, customer, command.Correlation, arrived.Contains(e) ? MoveCause : command.Cause, headers)).ToList();

        foreach (var row in applied.DistinctBy(r => Correlations.Of(r.Delivery)))
        {
            var correlation = Correlations.Of(row.Delivery);
            var late = Recording.Decide(
                customer, context with { Correlation = correlation, Conflicts = [], Objections = [] }, WaitingDeliveries.Open(keys, shop, row));
            customer = CustomerFold.Evolve(customer, late);
            appended.AddRange(late.Select(e => Tag(e, customer, correlation, "waiting", new(row.Source, transaction.By.Value, context.Shop.Version, request.Trace))));
        }

        // A person who is only named is no customer yet: without an event nothing is created.
        if (transaction.IsNew && appended.Count == 0)
        {
            return new(shop, customer, 0, [], null) { ShopVersion = context.Shop.Version };
        }

        customer = customer with { Version = before.Version + appended.Count, RecordedAt = context.At };
        return new(shop, customer, before.Version, appended, FollowUpDecisions.NextDue(customer, context.Shop))
        {
            ShopVersion = context.Shop.Version,
            NewKey = transaction.IsNew ? transaction.Keys.Wrap(keys, shop, customer.Id) : null,
            // A waiting delivery may name the person by a second reference.
            Claims = [.. transaction.Claims
                .Concat(applied.Select(r => new Claim((IdentifierKind)r.Kind, new(0, r.Hash), IsAwaited: true)))
                .DistinctBy(c => (c.Kind, Convert.ToHexString(c.Hash.Hash)))],
            Applied = applied,
        };
    }

    // Claimed under the current version of the lookup key, and under an older one too where a delivery waits under that.
    private static List<Claim> Claims(Identifier identifier, IEnumerable<FoundIdentifier> found)
    {
        var awaited = identifier.Hashes.Where(h => found.Any(f => f.Exists && f.IsOneOf([h]))).Select(h => new Claim(identifier.Kind, h, IsAwaited: true)).ToList();
        return awaited.Any(c => c.Hash == identifier.Hashes[0]) ? awaited : [new(identifier.Kind, identifier.Hashes[0]), .. awaited];
    }

    // An identifier that is claimed only under an older version of the lookup key, or in an earlier spelling, is claimed under the current one as well.
    private static IEnumerable<Claim> Rehashed(Identifier identifier, IEnumerable<FoundIdentifier> found)
    {
        var current = found.Where(f => f.IsOneOf([identifier.Hashes[0]])).ToList();
        var older = found.Where(f => f.Customer is not null && f.IsOneOf(identifier.Hashes.Skip(1)));
        return older.Any() && !current.Exists(f => f.Customer is not null)
            ? [new(identifier.Kind, identifier.Hashes[0], IsAwaited: current.Exists(f => f.Exists))]
            : [];
    }

    // The key of an erased customer was destroyed. Nothing is sealed for one, so a new key changes nothing.
    private async Task<KeyRing> KeysOf(NpgsqlConnection connection, ShopId shop, CustomerRow row, Customer customer, CancellationToken ct)
    {
        if (!customer.WasLinked)
        {
            return new(row is { Key: { } key, KeyVersion: { } version } ? CustomerKey.Unwrap(keys, version, key, shop, row.Id) : CustomerKey.Create());
        }

        var found = await LinkedCustomers.Keys(connection, keys, shop, [row.By, .. customer.Ids], ct);
        return found is [(var id, var own), ..] && id == row.By ? new(own, [.. found.Skip(1).Select(f => f.Key)]) : new(CustomerKey.Create(), [.. found.Select(f => f.Key)]);
    }

    /// <summary>The kept state, or, where the fold has changed since, the fold of all events of the customer and its members.</summary>
    private async Task<CustomerState> State(NpgsqlConnection connection, ShopId shop, CustomerRow row, CancellationToken ct)
    {
        if (row.State is null && row.IsOfThisFold)
        {
            row = (await StateTable.Load(connection, [(shop, row, row.Reads)], ct))[0];
        }

        if (row.State is { } state)
        {
            return state;
        }

        var customer = await CustomerStates.Fold(marten, connection, shop, await LinkedCustomers.Group(connection, shop, row.Id, ct), ct);
        return CustomerState.Rebuilt(customer with { Version = row.Version, RecordedAt = row.RecordedAt });
    }

    // What a follow-up does correlates with the delivery that triggered it, and belongs to the record that it belongs to, whatever woke it.
    private static Appended Tag(ICustomerEvent e, Customer customer, string correlation, string cause, EventHeaders headers) => new(
        e,
        FollowUpOf(e, customer)?.CorrelationId ?? correlation,
        cause,
        FollowUpOf(e, customer)?.By is { } by ? headers with { Identity = by.Value } : headers);

    private static FollowUp? FollowUpOf(ICustomerEvent e, Customer customer) => e is IFollowUpEvent step ? customer.FollowUps.GetValueOrDefault(step.FollowUp) : null;
}
