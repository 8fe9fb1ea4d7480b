using Cx.Domain.Customers;
using Cx.Domain.FollowUps;

namespace Cx.Domain.Privacy;

/// <summary>
/// Which customers a shop keeps no longer: those without contact for as many days as it set. What the customer did counts as contact, and what happened to an
/// order; what we sent does not.
/// </summary>
public static class Inactivity
{
    /// <summary>The bounds of a shop's setting, in days: less would erase people between two orders, and nobody keeps more than ten years.</summary>
    public const int MinDays = 90, MaxDays = 3650;

    /// <summary>An order that was neither shipped nor delivered, cancelled or refunded is open for so long: a year, in case the shop never reports it.</summary>
    public static readonly TimeSpan OrderOpenFor = TimeSpan.FromDays(365);

    /// <summary>The latest contact among events; none when none of them is one.</summary>
    public static DateTimeOffset? LatestContact(IEnumerable<ICustomerEvent> events) => events.Where(IsContact).Max(e => (DateTimeOffset?)e.OccurredAt);

    /// <summary>The first instant at which a customer may be erased.</summary>
    /// <param name="lastContact">In UTC.</param>
    public static DateTimeOffset ErasedFrom(DateOnly lastContact, int days) => new(lastContact.AddDays(days + 1), TimeOnly.MinValue, TimeSpan.Zero);

    /// <summary>The instant until which something open keeps the customer, however long ago the last contact was: for ever, unless it is an order.</summary>
    /// <param name="customer">With all items.</param>
    public static DateTimeOffset KeptUntil(Customer customer) =>
        customer.IsRestricted || customer.OpenComplaints > 0 || customer.Conversations.Values.Any(c => c.PendingSince() is not null) || customer.FollowUps.Values.Any(f => f.IsRunning)
            ? DateTimeOffset.MaxValue
            : customer.Orders.Values.Where(IsOpen).Select(o => o.PlacedAt < DateTimeOffset.MaxValue - OrderOpenFor ? o.PlacedAt.Value + OrderOpenFor : DateTimeOffset.MaxValue)
                .Append(DateTimeOffset.MinValue).Max();

    private static bool IsOpen(Order order) => order.IsPurchase && order.PlacedAt is not null && order.ShippedAt() is null && order.DeliveredAt() is null;

    private static bool IsContact(ICustomerEvent e) =>
        e is not (IFollowUpEvent or CustomerErased or IdentityConflictFound or CustomersLinked or CustomersUnlinked or Touchpoints.ContactLeftUnanswered or Silence.PurchaseOverdue)
        && e is not ConsentWithdrawn { Source: Consents.Suppression };
}
