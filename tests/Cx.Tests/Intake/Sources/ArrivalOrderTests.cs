using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Tests.Intake.Sources;

/// <summary>What a platform's deliveries leave behind does not depend on the order in which they arrive.</summary>
public class ArrivalOrderTests
{
    [Fact]
    public void Shopifys_deliveries_about_one_order_in_any_order()
    {
        var order = Arriving.Fixture("shopify.order.json");
        var refund = JsonNode.Parse(ShopifySourceTests.Refund)!;
        Deliver(
            new ShopifySource(),
            Arriving.Shopify("orders/create", order),
            Arriving.Shopify("orders/paid", Edit(order, o => (o["financial_status"], o["updated_at"]) = ("paid", "2026-03-01T12:00:00Z"))),
            Arriving.Shopify("fulfillments/create", """{"id":9400000000000001,"order_id":9007199254740993,"status":"success","created_at":"2026-03-03T08:00:00Z"}"""),
            Arriving.Shopify("fulfillment_events/create", """{"fulfillment_id":9400000000000001,"order_id":9007199254740993,"status":"delivered","happened_at":"2026-03-05T15:30:00Z"}"""),
            Arriving.Shopify("refunds/create", ShopifySourceTests.Refund),
            Arriving.Shopify("orders/updated", Edit(order, o => (o["financial_status"], o["updated_at"], o["refunds"]) = ("refunded", "2026-03-08T09:00:05Z", new JsonArray(refund)))));
    }

    [Fact]
    public void WooCommerces_deliveries_about_one_order_in_any_order()
    {
        var order = Arriving.Fixture("woocommerce.order.json");
        const string Refunds = """[{"id":801,"total":"-61.02"}]""";
        Deliver(
            new WooCommerceSource(),
            Arriving.Woo("order.created", Edit(order, o => (o["status"], o["date_paid_gmt"], o["date_modified_gmt"]) = ("pending", null, "2026-03-02T09:00:00"))),
            Arriving.Woo("order.updated", order),
            Arriving.Woo("order.updated", Edit(order, o => (o["status"], o["date_completed_gmt"], o["date_modified_gmt"]) = ("completed", "2026-03-04T09:00:00", "2026-03-04T09:00:00"))),
            Arriving.Woo("order.updated", Edit(order, o => (o["status"], o["refunds"], o["date_modified_gmt"]) = ("refunded", JsonNode.Parse(Refunds), "2026-03-08T09:00:00"))),
            Arriving.Woo("order.updated", Edit(order, o => (o["status"], o["refunds"], o["date_modified_gmt"]) = ("refunded", JsonNode.Parse(Refunds), "2026-03-09T09:00:00"))));
    }

    private static void Deliver(ISource source, params Incoming[] deliveries)
    {
        var facts = deliveries.Select(d => source.Translate(d).Only().Facts).ToList();
        var states = Permutations(facts.Count).Select(way => State(way.SelectMany(i => facts[i]))).Distinct().ToList();
        Assert.Contains("\"full\":true", Assert.Single(states), StringComparison.Ordinal);
    }

    private static string State(IEnumerable<ICustomerEvent> facts)
    {
        var customer = CustomerFold.Evolve(CustomerFold.Start(new("c1")), facts.Select(f => f.Sealed(p => p is null ? null : Personal.FromSeal(p.Value))));
        return JsonSerializer.Serialize(new { customer.Orders, customer.Checkouts, customer.Consents, Learned = customer.Details.LearnedAt, Name = customer.Details.Name?.Value }, EventCatalog.Json);
    }

    private static IEnumerable<int[]> Permutations(int count) => count == 0
        ? [[]]
        : Permutations(count - 1).SelectMany(shorter => Enumerable.Range(0, count).Select(at => (int[])[.. shorter[..at], count - 1, .. shorter[at..]]));

    private static string Edit(string json, Action<JsonObject> edit)
    {
        var node = JsonNode.Parse(json)!.AsObject();
        edit(node);
        return node.ToJsonString();
    }
}
