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
/// <param name="Suppressed">The kinds of the given identifiers whose address objected before, under any customer, and when.</param>
/// <param name="Conflicts">Other customers that the given identifiers point at.</param>
public sealed record DecisionContext(
    ShopFacts Shop, DateTimeOffset At, string Correlation, Seal Seal, IReadOnlyDictionary<IdentifierKind, DateTimeOffset> Suppressed,
    IReadOnlyList<(CustomerId Other, IdentifierKind By)> Conflicts);

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
