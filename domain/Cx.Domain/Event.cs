using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain;

/// <summary>Something that happened, in any stream.</summary>
public interface IEvent
{
    /// <summary>When it happened, by the clock of the system that reported it; UTC.</summary>
    DateTimeOffset OccurredAt { get; }
}

/// <summary>Something that happened with one customer.</summary>
public interface ICustomerEvent : IEvent
{
    /// <summary>The same event with its personal values sealed; most have none.</summary>
    ICustomerEvent Sealed(Seal seal) => this;
}

/// <summary>Something about the shop that may allow or forbid what is planned: every customer who has something planned is woken.</summary>
public interface IPlanChange : IEvent;

/// <summary>The input of a decision besides the customer: the shop's facts, the instant to record, and what only the store can know.</summary>
/// <param name="At">The instant that will be recorded: max(clock, the stream's last).</param>
/// <param name="Correlation">The delivery or command that this decision serves.</param>
/// <param name="Seal">Seals under this customer's key.</param>
/// <param name="Objections">The objections that stand against the addresses among the given identifiers, under whichever customer they were made.</param>
/// <param name="Conflicts">Other customers that the given identifiers point at.</param>
public sealed record DecisionContext(
    ShopFacts Shop, DateTimeOffset At, string Correlation, Seal Seal, IReadOnlyList<Objection> Objections,
    IReadOnlyList<(CustomerId Other, IdentifierKind By)> Conflicts)
{
    /// <summary>Hashes the ids that callers give.</summary>
    public HashId HashId { get; init; } = given => given;

    /// <summary>The addresses of the customer that are barred; looked up where a message is decided.</summary>
    public IReadOnlyList<BarredAddress> Barred { get; init; } = [];

    /// <summary>What is known in the whole shop of those addresses of the customer that were refused; looked up where a message is decided.</summary>
    public IReadOnlyList<RefusedAddress> Refused { get; init; } = [];

    /// <summary>The linked customer by whose identifier the delivery or command came; none: the customer itself.</summary>
    public CustomerId? By { get; init; }

    /// <summary>What an address got about an order before that came to the customer; looked up where a message is decided.</summary>
    public IReadOnlyList<ReceivedMessage> Received { get; init; } = [];

    /// <summary>Which of the reported facts the customer takes.</summary>
    public FactShare Share { get; init; }

    /// <summary>The keyed hash of the shop customer id that the delivery names as the buyer; none where it names none.</summary>
    public string? Buyer { get; init; }

    /// <summary>The move of an order to the customer, and the order's facts, personal values in the clear.</summary>
    public IReadOnlyList<ICustomerEvent> Arriving { get; init; } = [];
}

/// <summary>Which facts of a delivery one customer takes.</summary>
public enum FactShare
{
    All,

    /// <summary>Those of the order that the delivery names, because the person whom it names is another.</summary>
    Order,

    /// <summary>Those of the person whom the delivery names, because the order is another's.</summary>
    Person,
}

/// <summary>A step about an order that an address of the customer, as it is sealed in the state, already got.</summary>
public readonly record struct ReceivedMessage(OrderId Order, string Cadence, string Step, Personal Address);

/// <summary>An objection that stands against an address, in the whole shop.</summary>
/// <param name="Kind">Of the address.</param>
/// <param name="At">From when it counts.</param>
public readonly record struct Objection(IdentifierKind Kind, Purpose Purpose, DateTimeOffset At);

/// <summary>An address of a customer, as it is sealed in the state, that nothing of a purpose is written to.</summary>
/// <param name="Since">From when the objection counts.</param>
public readonly record struct BarredAddress(Personal Address, Purpose Purpose, DateTimeOffset Since);

/// <summary>An address of a customer, as it is sealed in the state, that mail was refused for, or that was given anew, under whichever customer.</summary>
public readonly record struct RefusedAddress(Personal Address, bool IsGivenAnew, DateTimeOffset At);

/// <summary>A decision about one customer: the events to append. Pure; repeating it yields none.</summary>
public delegate IReadOnlyList<ICustomerEvent> Decide(Customer customer, DecisionContext context);

/// <summary>A decider or fold met an event that it does not know: the code is older than the log.</summary>
public sealed class UnknownEventException(IEvent e) : Exception($"Unknown event {e.GetType().Name}.");

/// <summary>A refusal that the caller can act on.</summary>
/// <param name="code">Stable, kebab-case, for programs.</param>
/// <param name="message">For people; says what is wrong, never a personal value.</param>
public sealed class RuleBrokenException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
