namespace Cx.Domain.Customers;

/// <summary>When customer and shop dealt with each other, as far as the state keeps it.</summary>
internal static class ContactInstants
{
    public static IEnumerable<DateTimeOffset?> Of(Customer customer) =>
    [
        customer.FirstVisitAt,
        customer.LastVisitAt,
        .. customer.Orders.Values.SelectMany(Of),
        .. customer.Checkouts.Values.Select(c => (DateTimeOffset?)c.StartedAt),
        .. customer.Conversations.Values.SelectMany(c => c.Asked.Values.Concat(c.Answered.Values).Concat(c.Others.Values)).Select(at => (DateTimeOffset?)at),
        .. customer.Complaints.Values.SelectMany(c => new[] { c.OpenedAt, c.ResolvedAt }),
        .. customer.Opinions.Values.Select(o => (DateTimeOffset?)o.At),
        .. customer.Consents.Values.Select(c => (DateTimeOffset?)c.At),
        .. customer.Referrals.Values.Select(at => (DateTimeOffset?)at),
        .. customer.SpamReports.Values.Select(r => (DateTimeOffset?)r.At),
    ];

    private static IEnumerable<DateTimeOffset?> Of(Order order) =>
    [
        order.PlacedAt, order.PaidAt, order.CancelledAt, order.RefundRequestedAt,
        .. order.Parcels.Values.SelectMany(p => new[] { p.ShippedAt, p.DeliveredAt }),
        .. order.Refunds.Values.Select(r => (DateTimeOffset?)r.At),
    ];
}
