using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Application.EventStore;

/// <summary>
/// The event store as deciders need it: load a customer by id or by identifiers, decide, and commit the events with everything
/// that must agree with them, or nothing. Its guarantees are written as tests that every adapter runs.
/// </summary>
public interface IEventStore
{
    /// <summary>
    /// Decides about one customer and commits the outcome in one transaction: events, delivery key, identity claims, inline view, due
    /// instant, outbox rows, archived payload. A conflict is retried with the state as it then is.
    /// </summary>
    /// <exception cref="UnknownCustomerException">A customer named by id does not exist.</exception>
    /// <exception cref="RuleBrokenException">Thrown by the decision; nothing was committed.</exception>
    Task<Outcome> Transact(ShopId shop, CustomerRef who, Command command, Decide decide, CancellationToken ct);

    /// <summary>Records a delivery that says nothing about a customer, so that a second copy is a duplicate.</summary>
    Task<TransactResult> RecordDelivery(ShopId shop, Delivery delivery, CancellationToken ct);

    /// <summary>
    /// Decides about customers whose due instant has come, up to a number of them, skipping those that another process is working on.
    /// </summary>
    /// <param name="grace">How long they must have been due.</param>
    Task<WakeResult> Wake(DateTimeOffset at, TimeSpan grace, int atMost, Decide decide, CancellationToken ct);

    /// <summary>
    /// The events of one stream in the order in which they were appended, as far as they were known, or had happened, by an instant.
    /// </summary>
    IAsyncEnumerable<Recorded> Read(ShopId shop, IReadOnlyList<string> streams, AsOf asOf, CancellationToken ct);

    /// <summary>
    /// The events of a customer and of those linked to it, in the order in which they were appended, wherever they stand; none of customers that are linked
    /// to it no more.
    /// </summary>
    /// <param name="ids">Its own id first, then those of its members.</param>
    IAsyncEnumerable<Recorded> ReadCustomer(ShopId shop, IReadOnlyList<CustomerId> ids, AsOf asOf, CancellationToken ct);

    /// <summary>
    /// Links two customers, each with those linked to it, as one: one state, one due instant, the events that come later in the stream of the one that leads.
    /// All of them are locked in the order of their ids. Where they are linked already nothing changes.
    /// </summary>
    /// <exception cref="UnknownCustomerException">One of them does not exist.</exception>
    /// <exception cref="RuleBrokenException">As <see cref="Linking.Link"/>; nothing was committed.</exception>
    Task<LinkOutcome> Link(ShopId shop, CustomerId one, CustomerId other, DateTimeOffset occurredAt, Command command, CancellationToken ct);

    /// <summary>
    /// Parts a customer from those linked to it, which stay linked: what came by its own identifiers is its own again. Where the two are not linked nothing
    /// changes.
    /// </summary>
    /// <param name="customer">One of those that stay linked.</param>
    /// <exception cref="UnknownCustomerException">One of them does not exist.</exception>
    Task<LinkOutcome> Unlink(ShopId shop, CustomerId customer, CustomerId leaving, Command command, CancellationToken ct);

    /// <summary>
    /// Decides about the snapshot of a stream that is not a customer's, and commits the events and what follows of them in one transaction. A conflict is
    /// retried with the snapshot as it then is.
    /// </summary>
    /// <param name="decide">Given null where the stream holds nothing of the kind; without events nothing is committed.</param>
    Task<Updated<T>> Update<T>(ShopId shop, string stream, Func<T?, IReadOnlyList<IEvent>> decide, CancellationToken ct) where T : class;
}

/// <summary>Who a transaction is about.</summary>
public abstract record CustomerRef
{
    private CustomerRef() { }

    /// <summary>A customer known by id.</summary>
    public sealed record ById(CustomerId Customer) : CustomerRef;

    /// <summary>
    /// The customer that the identifiers name: the first in precedence that names one decides, and the others are claimed for that
    /// customer.
    /// </summary>
    public sealed record ByIdentifiers(IReadOnlyList<Identifier> Identifiers) : CustomerRef
    {
        /// <summary>Whether nothing but orders or conversations names the person: then an unknown one waits.</summary>
        public bool IsReference => Identifiers.Count > 0 && Identifiers.All(i => i.Kind is IdentifierKind.Order or IdentifierKind.Conversation);
    }
}

/// <summary>What stands behind a transaction: the metadata of its events.</summary>
/// <param name="Correlation">What started the chain.</param>
/// <param name="Cause">The command: <c>webhook</c>, <c>wake</c>, <c>open-complaint</c>.</param>
/// <param name="Delivery">The delivery to deduplicate and archive; none for commands of our own.</param>
public sealed record Command(string Correlation, string Cause, string Source, Delivery? Delivery = null)
{
    /// <summary>
    /// What of the customer's state the decision reads besides what its events are about: what it looks for to decide whether there is an event at all.
    /// Where nothing is declared, everything: then it costs the more, the longer the customer's history is.
    /// </summary>
    public StateQuery Reads { get; init; } = Delivery is null ? StateQuery.Everything : StateQuery.Of(Delivery.Facts);

    /// <summary>The system whose customer numbers are named; none where that is not known: such a number is compared with those of all.</summary>
    public string? Numbering { get; init; }

    /// <summary>Whether the decision sees which of the customer's addresses are barred: where a message is decided or attempted.</summary>
    public bool ReadsBarred { get; init; }

    /// <summary>An address to bar in any case, whatever the decision finds: that to which the mail went whose link was followed.</summary>
    public Bar? Bar { get; init; }

    /// <summary>What is written down of it, where it changes anything.</summary>
    public Audit? Audit { get; init; }
}

/// <summary>An address that nothing of a purpose may be written to any more.</summary>
public sealed record Bar(IdentifierKind Kind, KeyedHash Hash, Purpose Purpose);

/// <summary>One thing a source posted.</summary>
/// <param name="Keys">Its key's hash, under the current lookup key first, then under the other active versions.</param>
/// <param name="Body">Hash of the body: the same key with another body is a conflict.</param>
/// <param name="Archive">The payload as it came, sealed; none where keeping it would defeat its purpose.</param>
/// <param name="Facts">What it reports, personal values in the clear; kept, sealed, if it must wait.</param>
public sealed record Delivery(IReadOnlyList<KeyedHash> Keys, byte[] Body, string Source, string Topic, DateTimeOffset ReceivedAt, SealedPayload? Archive, IReadOnlyList<ICustomerEvent> Facts)
{
    public byte[] Key => Keys[0].Hash;

    /// <summary>The fields that could not be read, by JSON pointer, with the reason; never a value.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}

/// <summary>The name by which a chain of events goes back to the delivery that started it.</summary>
public static class Correlations
{
    public static string Of(byte[] deliveryKey) => Convert.ToHexStringLower(deliveryKey);

    public static byte[]? Delivery(string? correlation)
    {
        try
        {
            return correlation is null ? null : Convert.FromHexString(correlation);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>How a transaction ended.</summary>
public enum TransactResult
{
    /// <summary>Committed; the events may be none when nothing was new.</summary>
    Committed,

    /// <summary>The delivery was here before; nothing changed.</summary>
    Duplicate,

    /// <summary>The delivery key was here before with another body; the conflict is recorded.</summary>
    KeyConflict,

    /// <summary>It names only an order or conversation not yet known, and is applied when that is.</summary>
    Waiting,

    /// <summary>It is about an erased order or person: its key is recorded, and nothing else of it is kept.</summary>
    Erased,
}

public sealed record Outcome(TransactResult Result, CustomerId? Customer, IReadOnlyList<ICustomerEvent> Events);

/// <summary>How linking or unlinking ended.</summary>
/// <param name="Lead">The one that leads; where one was parted, of those that stay linked.</param>
/// <param name="IsChange">Whether anything changed.</param>
public sealed record LinkOutcome(TransactResult Result, CustomerId? Lead, bool IsChange);

/// <summary>What a wake did.</summary>
/// <param name="Due">How many customers were due, those whose decision failed included; fewer than asked for when no more are due.</param>
/// <param name="Woken">The customers that were decided about, as they then are.</param>
public sealed record WakeResult(int Due, IReadOnlyList<Woken> Woken);

/// <summary>A customer that a wake decided about, and the shop's facts by which it did.</summary>
public readonly record struct Woken(ShopFacts Shop, Customer Customer);

/// <summary>A customer named by id does not exist in the shop.</summary>
public sealed class UnknownCustomerException(ShopId shop, CustomerId customer) : Exception($"Shop {shop} has no customer {customer}.");

/// <summary>Up to when the past is looked at: by what was known, by what had happened, or both.</summary>
public readonly record struct AsOf(DateTimeOffset? KnownBy, DateTimeOffset? HappenedBy)
{
    public static AsOf Now => default;
}

/// <summary>An event with what the store knows of it.</summary>
public sealed record Recorded(
    long Sequence, string Stream, long Version, string Type, IEvent Event, DateTimeOffset RecordedAt, string? Correlation, string? Causation, string? Source, string? Identity);

/// <summary>A snapshot before and after a decision about it; the same where nothing was decided.</summary>
public sealed record Updated<T>(T? Before, T? After) where T : class;
