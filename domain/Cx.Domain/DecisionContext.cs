using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Domain;

/// <summary>What a decision sees besides the customer: the shop's facts, the recorded instant, and what only the store can know.</summary>
/// <param name="At">The instant that will be recorded: max(clock, the stream's last).</param>
/// <param name="Correlation">The delivery or command that this decision serves.</param>
/// <param name="Seal">Seals under this customer's key.</param>
/// <param name="Suppressed">The kinds of the given identifiers whose address objected before, under whatever customer, and when.</param>
/// <param name="Conflicts">Customers that the given identifiers point at besides the one at hand.</param>
public sealed record DecisionContext(
    ShopFacts Shop, DateTimeOffset At, string Correlation, Seal Seal, IReadOnlyDictionary<IdentifierKind, DateTimeOffset> Suppressed, IReadOnlyList<(CustomerId Other, IdentifierKind By)> Conflicts);

/// <summary>A decision about one customer: what becomes true, given what is. Pure; repeating it yields nothing.</summary>
public delegate IReadOnlyList<ICustomerEvent> Decide(Customer customer, DecisionContext context);
