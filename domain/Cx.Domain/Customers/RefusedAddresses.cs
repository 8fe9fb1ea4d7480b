using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>Whoever receives mail for an address refused it for good: nothing is written there until the person or the shop gives the address anew.</summary>
/// <param name="Address">As the message had it.</param>
/// <param name="Cause">The receiver's answer, without personal data.</param>
public sealed record AddressRefused(Channel Channel, Personal Address, string Cause, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>From when it counts against statements of the address: from its arrival, however it was dated. None: from <see cref="OccurredAt"/>.</summary>
    public DateTimeOffset? CountsFrom { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with { Address = seal(Address)! };
}

/// <summary>
/// Folds which addresses of a customer are refused. A later statement of the address gives it anew: a customer's record, or an order placed since; an order
/// that is only edited repeats what was known.
/// </summary>
internal static class RefusedAddresses
{
    public static Customer Refuse(Customer customer, AddressRefused x) =>
        (x.CountsFrom ?? x.OccurredAt) is var since && customer.RefusedAddresses.TryGetValue(x.Address.Value, out var known) && known >= since
            ? customer
            : customer with { RefusedAddresses = customer.RefusedAddresses.SetItem(x.Address.Value, since) };

    /// <param name="at">When the addresses were stated.</param>
    public static Customer Give(Customer customer, DateTimeOffset? at, params ReadOnlySpan<Personal?> addresses)
    {
        foreach (var address in addresses)
        {
            if (address is not null && customer.RefusedAddresses.TryGetValue(address.Value, out var since) && at > since)
                customer = customer with { RefusedAddresses = customer.RefusedAddresses.Remove(address.Value) };
        }

        return customer;
    }

    /// <summary>The contact of an order, dated by when the order was placed.</summary>
    public static Customer GiveWith(Customer customer, OrderId order) =>
        !customer.RefusedAddresses.IsEmpty && customer.Orders[order] is { Contact: { } contact } placed
            ? Give(customer, placed.FirstPlacedAt, contact.Email, contact.Phone)
            : customer;
}
