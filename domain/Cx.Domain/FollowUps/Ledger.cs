using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps;

/// <summary>Events as one decision makes them, each seeing the customer that the earlier ones left.</summary>
internal sealed class Ledger(Customer customer)
{
    private readonly List<ICustomerEvent> events = [];

    internal Customer Customer { get; private set; } = customer;

    internal IReadOnlyList<ICustomerEvent> Events => events;

    internal void Add(ICustomerEvent e)
    {
        events.Add(e);
        Customer = CustomerFold.Evolve(Customer, e);
    }
}
