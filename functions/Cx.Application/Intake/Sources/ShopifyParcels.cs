using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>Shopify's fulfilments: a parcel each, named by the fulfilment's id wherever it is spoken of.</summary>
internal static class ShopifyParcels
{
    /// <summary>A fulfilment on its own. It names the order and, mostly, the order's e-mail address.</summary>
    public static Translation ReadFulfilment(JsonFields fulfilment)
    {
        var order = new OrderId(fulfilment.Require("order_id", fulfilment.Id("order_id")));
        var identifiers = new List<RawIdentifier> { new(IdentifierKind.Order, order.Value) };
        ShopifyCustomers.Add(identifiers, IdentifierKind.Email, fulfilment.Text("email"));
        var facts = new List<ICustomerEvent>();
        AddShipped(facts, order, fulfilment);
        return facts.Count == 0 ? new Translation.Nothing() : new Translation.Reports([new Report(identifiers, facts)]);
    }

    /// <summary>
    /// A step of a parcel's way. It names only the order. Arrival is a fact; the steps before it add nothing to the fulfilment itself,
    /// which says when the parcel left.
    /// </summary>
    public static Translation ReadEvent(JsonFields step)
    {
        if (step.Text("status")?.ToLowerInvariant() is not "delivered")
            return new Translation.Nothing();

        var order = new OrderId(step.Require("order_id", step.Id("order_id")));
        var shipment = step.Require("fulfillment_id", step.Id("fulfillment_id"));
        var at = step.Require("happened_at", step.Instant("happened_at") ?? step.Instant("created_at"));
        return new Translation.Reports([new Report([new(IdentifierKind.Order, order.Value)], [new OrderDelivered(order, shipment, at)])]);
    }

    /// <summary>A fulfilment that was cancelled or failed is no parcel.</summary>
    public static void AddShipped(List<ICustomerEvent> facts, OrderId order, JsonFields fulfilment)
    {
        if (fulfilment.Text("status")?.ToLowerInvariant() is "success" or null)
            facts.Add(new OrderShipped(order, fulfilment.Require("id", fulfilment.Id("id")), fulfilment.Require("created_at", fulfilment.Instant("created_at"))));
    }
}
