using System.Text;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Intake.Sources;

public class ShopifySourceTests
{
    private static readonly ShopifySource Source = new();

    private static readonly string Order = Arriving.Fixture("shopify.order.json");

    private static readonly OrderId Id = new("9007199254740993");

    [Fact]
    public void A_signed_delivery_is_authentic_under_either_secret()
    {
        var request = Arriving.Shopify("orders/create", Order);
        Assert.Equal(Verdict.Authentic, Source.Verify(request, [Arriving.ShopifySecret]));
        Assert.Equal(Verdict.Authentic, Source.Verify(request, ["the new secret", Arriving.ShopifySecret]));
        Assert.Equal(Verdict.Forged, Source.Verify(request, ["another secret"]));
        Assert.Equal(Verdict.Forged, Source.Verify(request, []));
    }

    [Fact]
    public void One_changed_byte_is_a_forgery()
    {
        var request = Arriving.Shopify("orders/create", Order);
        var changed = Encoding.UTF8.GetBytes(Order.Replace("129.90", "129.91", StringComparison.Ordinal));
        Assert.Equal(Verdict.Forged, Source.Verify(new Incoming(request.Headers, changed, Arriving.Now), [Arriving.ShopifySecret]));
    }

    [Theory]
    [InlineData("X-Shopify-Hmac-SHA256", Verdict.Forged)]
    [InlineData("X-Shopify-Webhook-Id", Verdict.Malformed)]
    [InlineData("X-Shopify-Topic", Verdict.Malformed)]
    [InlineData("X-Shopify-Shop-Domain", Verdict.Malformed)]
    public void A_missing_header_is_refused(string header, Verdict verdict)
    {
        var request = Arriving.Shopify("orders/create", Order);
        request.Headers.Remove(header);
        Assert.Equal(verdict, Source.Verify(request, [Arriving.ShopifySecret]));
    }

    [Fact]
    public void A_forged_delivery_without_an_id_is_refused_as_forged()
    {
        var request = Arriving.Shopify("orders/create", Order);
        request.Headers.Remove("X-Shopify-Webhook-Id");
        Assert.Equal(Verdict.Forged, Source.Verify(request, ["another secret"]));
    }

    [Fact]
    public void A_signature_that_is_not_base64_does_not_parse()
    {
        var request = Arriving.Shopify("orders/create", Order);
        request.Headers["X-Shopify-Hmac-SHA256"] = "%%%";
        Assert.Equal(Verdict.Malformed, Source.Verify(request, [Arriving.ShopifySecret]));
    }

    [Fact]
    public void Two_topics_of_one_event_are_two_deliveries()
    {
        var created = Source.DeliveryKey(Arriving.Shopify("orders/create", Order));
        Assert.Equal(created, Source.DeliveryKey(Arriving.Shopify("orders/create", Order)));
        Assert.NotEqual(created, Source.DeliveryKey(Arriving.Shopify("orders/paid", Order)));
        Assert.NotEqual(created, Source.DeliveryKey(Arriving.Shopify("orders/create", Order, webhookId: "another")));
    }

    [Fact]
    public void An_order_is_placed_with_ids_beyond_2_to_the_53_exact()
    {
        var placed = Translate("orders/create", Order).Only().Fact<OrderPlaced>();
        Assert.Equal(Id, placed.Order);
        Assert.Equal("#LM1042", placed.Number);
        Assert.Equal(new Money(129.90m, "EUR"), placed.Total);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), placed.OccurredAt);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 5, TimeSpan.Zero), placed.Revision);
        Assert.Equal(
            [new OrderLine(new("9307199254740999"), "LAMP-01", "Desk lamp", 1, 109.90m, null) { Line = "1" }, new OrderLine(null, null, "Gift wrapping", 2, 10.00m, null) { Line = "2" }], placed.Lines);
    }

    [Fact]
    public void All_identifiers_of_the_buyer_are_read_and_the_recipients_phone_is_not() => Assert.Equal(
        [
            new(IdentifierKind.Order, Id.Value), new(IdentifierKind.ShopCustomerId, "9207199254740995"), new(IdentifierKind.Email, "giulia.neri@example.com"),
            new(IdentifierKind.Phone, "+393335550122", "IT"),
        ],
        Translate("orders/create", Order).Only().Identifiers);

    [Fact]
    public void The_details_of_the_buyer_are_learned()
    {
        var details = Translate("orders/create", Order).Only().Fact<CustomerDetailsLearned>();
        Assert.Equal("giulia.neri@example.com", details.Email?.Value);
        Assert.Equal("Giulia Neri", details.Name?.Value);
        Assert.Equal("Giulia", details.FirstName?.Value);
        Assert.Equal(("it-IT", "IT"), (details.Language, details.Country));
    }

    [Fact]
    public void An_order_without_a_customer_is_a_guest_order()
    {
        var report = Translate("orders/create", Edit(o => o["customer"] = null)).Only();
        Assert.Equal([new(IdentifierKind.Order, Id.Value), new(IdentifierKind.Email, "giulia.neri@example.com")], report.Identifiers);
        Assert.Equal("Giulia Neri", report.Fact<CustomerDetailsLearned>().Name?.Value);
    }

    [Fact]
    public void The_order_of_the_fields_does_not_matter()
    {
        var turned = Translate("orders/create", Edit(o =>
        {
            foreach (var (name, value) in o.Reverse().ToList())
            {
                o.Remove(name);
                o.Add(name, value);
            }
        })).Only();
        var straight = Translate("orders/create", Order).Only();
        Assert.Equal(straight.Identifiers, turned.Identifiers);
        Assert.Equivalent(straight.Facts, turned.Facts, strict: true);
    }

    [Fact]
    public void A_paid_order_is_a_placed_order_too()
    {
        var report = Translate("orders/paid", Order).Only();
        Assert.True(report.Has<OrderPlaced>());
        Assert.Equal(Id, report.Fact<OrderPaid>().Order);
        Assert.False(Translate("orders/create", Order).Only().Has<OrderPaid>());
        Assert.True(Translate("orders/updated", Edit(o => o["financial_status"] = "partially_refunded")).Only().Has<OrderPaid>());
    }

    [Fact]
    public void Fulfilments_inside_an_order_are_parcels_unless_they_failed()
    {
        var report = Translate("orders/fulfilled", Edit(o => o["fulfillments"] = Json(
            """[{"id":9400000000000001,"status":"success","created_at":"2026-03-03T08:00:00Z"},{"id":9400000000000002,"status":"cancelled","created_at":"2026-03-03T08:00:00Z"}]"""))).Only();
        Assert.Equal(("9400000000000001", new DateTimeOffset(2026, 3, 3, 8, 0, 0, TimeSpan.Zero)), (report.Fact<OrderShipped>().Shipment, report.Fact<OrderShipped>().OccurredAt));
        Assert.Null(report.Fact<OrderPlaced>().Standing!.Shipped!["9400000000000002"]);
    }

    [Fact]
    public void A_parcel_has_one_id_in_every_payload()
    {
        var shipped = Translate("fulfillments/create", """{"id":9400000000000001,"order_id":9007199254740993,"status":"success","created_at":"2026-03-03T08:00:00Z","email":"giulia.neri@example.com"}""").Only();
        var delivered = Translate("fulfillment_events/create", FulfilmentEvent("delivered")).Only();
        Assert.Equal([new(IdentifierKind.Order, Id.Value), new(IdentifierKind.Email, "giulia.neri@example.com")], shipped.Identifiers);
        Assert.Equal([new(IdentifierKind.Order, Id.Value)], delivered.Identifiers);
        Assert.Equal(shipped.Fact<OrderShipped>().Shipment, delivered.Fact<OrderDelivered>().Shipment);
        Assert.Equal(new DateTimeOffset(2026, 3, 5, 15, 30, 0, TimeSpan.Zero), delivered.Fact<OrderDelivered>().OccurredAt);
    }

    [Theory]
    [InlineData("in_transit", typeof(ShipmentInTransit))]
    [InlineData("out_for_delivery", typeof(ShipmentInTransit))]
    [InlineData("failure", typeof(DeliveryFailed))]
    [InlineData("delivered", typeof(OrderDelivered))]
    public void The_carriers_state_is_read_in_every_payload_that_has_it(string status, Type fact)
    {
        Assert.IsType(fact, Assert.Single(Translate("fulfillment_events/create", FulfilmentEvent(status)).Only().Facts));
        var parcel = $$"""{"id":9400000000000001,"order_id":9007199254740993,"status":"success","shipment_status":"{{status}}","created_at":"2026-03-03T08:00:00Z","updated_at":"2026-03-05T08:00:00Z"}""";
        Assert.Contains(Translate("fulfillments/update", parcel).Only().Facts, f => f.GetType() == fact);
        Assert.Contains(Translate("orders/updated", Edit(o => o["fulfillments"] = Json($"[{parcel}]"))).Only().Facts, f => f.GetType() == fact);
    }

    [Fact]
    public void A_parcel_that_was_cancelled_has_not_arrived_whatever_the_carrier_said_last()
    {
        const string Parcel = """{"id":9400000000000001,"order_id":9007199254740993,"status":"cancelled","shipment_status":"delivered","created_at":"2026-03-03T08:00:00Z","updated_at":"2026-03-06T08:00:00Z"}""";
        foreach (var report in new[] { Translate("fulfillments/update", Parcel).Only(), Translate("orders/updated", Edit(o => o["fulfillments"] = Json($"[{Parcel}]"))).Only() })
        {
            Assert.False(report.Has<OrderDelivered>());
            Assert.Contains(new OrderFactTakenBack(Id, OrderFact.Delivered, "9400000000000001", new DateTimeOffset(2026, 3, 6, 8, 0, 0, TimeSpan.Zero)), report.Facts);
        }
    }

    [Theory]
    [InlineData("""{"fulfillment_status":"partial"}""", false)]
    [InlineData("""{"fulfillment_status":"fulfilled"}""", true)]
    [InlineData("""{"fulfillment_status":null,"line_items":[{"id":1,"price":"1","fulfillable_quantity":0},{"id":2,"price":"1","fulfillable_quantity":1}]}""", false)]
    [InlineData("""{"fulfillment_status":null,"line_items":[{"id":1,"price":"1","fulfillable_quantity":0},{"id":2,"price":"1","fulfillable_quantity":1,"gift_card":true}]}""", true)]
    [InlineData("""{"fulfillment_status":null,"line_items":[{"id":1,"price":"1"}]}""", null)]
    [InlineData("""{"fulfillment_status":null,"fulfillments":[],"line_items":[{"id":1,"price":"1","fulfillable_quantity":1}]}""", null)]
    public void An_order_says_whether_all_or_a_part_of_it_has_left(string fields, bool? whole)
    {
        var order = Edit(o =>
        {
            o["fulfillments"] = Json("""[{"id":1,"status":"success","created_at":"2026-03-03T08:00:00Z"}]""");
            foreach (var (name, value) in Json(fields)!.AsObject())
                o[name] = value?.DeepClone();
        });
        Assert.Equal(whole, Translate("orders/updated", order).Only().Fact<OrderPlaced>().Standing!.IsWhollyShipped);
    }

    [Fact]
    public void A_test_notification_is_about_nobody_and_uses_up_no_key()
    {
        var test = Arriving.Shopify("orders/create", Order);
        var key = Source.DeliveryKey(test);
        test.Headers["X-Shopify-Test"] = "true";
        Assert.IsType<Translation.Nothing>(Source.Translate(test));
        Assert.NotEqual(key, Source.DeliveryKey(test));
    }

    [Fact]
    public void An_order_that_was_deleted_is_none() =>
        Assert.Equal(new OrderNotTaken(Id, Arriving.Now), Translate("orders/delete", """{"id":9007199254740993}""").Only().Fact<OrderNotTaken>());

    [Theory]
    [InlineData("label_printed")]
    [InlineData("confirmed")]
    public void Labels_say_nothing_of_a_parcel(string status) => Assert.IsType<Translation.Nothing>(Translate("fulfillment_events/create", FulfilmentEvent(status)));

    [Fact]
    public void A_test_order_is_none() => Assert.IsType<Translation.Nothing>(Translate("orders/create", Edit(o => o["test"] = true)));

    [Theory]
    [InlineData("customer", Canceller.Customer)]
    [InlineData("inventory", Canceller.Shop)]
    [InlineData("fraud", Canceller.Shop)]
    [InlineData("staff", Canceller.Shop)]
    [InlineData("other", Canceller.Shop)]
    [InlineData("declined", Canceller.Unknown)]
    [InlineData(null, Canceller.Unknown)]
    public void The_canceller_follows_from_the_reason(string? reason, Canceller by)
    {
        var report = Translate("orders/cancelled", Edit(o => (o["cancel_reason"], o["cancelled_at"]) = (reason, "2026-03-02T00:00:00Z"))).Only();
        Assert.Equal((by, new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero)), (report.Fact<OrderCancelled>().By, report.Fact<OrderCancelled>().OccurredAt));
        Assert.Equal([new(report.Fact<OrderCancelled>().OccurredAt, by)], report.Fact<OrderPlaced>().Standing!.Cancelled!);
    }

    [Fact]
    public void A_refund_is_the_sum_of_the_transactions_that_went_through()
    {
        var report = Translate("refunds/create", Refund).Only();
        Assert.Equal([new(IdentifierKind.Order, Id.Value)], report.Identifiers);
        Assert.Equal(new OrderRefunded(Id, "509562969", new Money(30.10m, "EUR"), Full: false, new(2026, 3, 8, 9, 0, 0, TimeSpan.Zero)), report.Fact<OrderRefunded>());
        Assert.IsType<Translation.Nothing>(Translate("refunds/create", """{"id":1,"order_id":2,"created_at":"2026-03-08T09:00:00Z","transactions":[]}"""));
    }

    [Fact]
    public void The_last_refund_of_a_refunded_order_is_full()
    {
        var report = Translate("orders/updated", Edit(o => (o["financial_status"], o["refunds"]) = ("refunded", Json($"[{Refund}]")))).Only();
        Assert.True(report.Fact<OrderRefunded>().Full);
    }

    [Fact]
    public void A_checkout_with_an_identifier_is_started_and_an_anonymous_one_is_nothing()
    {
        const string Body = """{"id":77,"token":"abc","email":"giulia.neri@example.com","created_at":"2026-03-01T10:00:00Z","total_price":"5.00","currency":"EUR","line_items":[]}""";
        Assert.Equal("77", Translate("checkouts/create", Body).Only().Fact<CheckoutStarted>().Checkout);
        Assert.IsType<Translation.Nothing>(Translate("checkouts/create", Body.Replace("giulia.neri@example.com", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("orders/edited")]
    [InlineData("shop/redact")]
    [InlineData("app/uninstalled")]
    public void Other_topics_are_acknowledged(string topic) => Assert.IsType<Translation.Nothing>(Translate(topic, "{}"));

    [Theory]
    [InlineData("""{"id":1e400}""", "/id")]
    [InlineData("""{"id":1,"processed_at":"2026-03-01T10:00:00"}""", "/processed_at")]
    [InlineData("""{"id":1,"processed_at":"2026-03-01T10:00:00Z","currency":"E1","total_price":"1"}""", "/currency")]
    [InlineData("""[]""", "must be an object")]
    public void What_has_no_exact_form_is_not_translated(string body, string named) =>
        Assert.Contains(named, Assert.Throws<UntranslatableException>(() => Translate("orders/create", body)).Message, StringComparison.Ordinal);

    internal const string Refund = """
        {"id":509562969,"order_id":9007199254740993,"created_at":"2026-03-08T09:00:00Z","transactions":[
          {"kind":"refund","status":"success","amount":"20.00","currency":"EUR"},
          {"kind":"refund","status":"success","amount":"10.10","currency":"EUR"},
          {"kind":"refund","status":"failure","amount":"99.00","currency":"EUR"},
          {"kind":"void","status":"success","amount":"7.00","currency":"EUR"}]}
        """;

    private static string FulfilmentEvent(string status) =>
        $$"""{"id":1,"fulfillment_id":9400000000000001,"order_id":9007199254740993,"status":"{{status}}","happened_at":"2026-03-05T16:30:00+01:00","created_at":"2026-03-06T00:00:00Z"}""";

    private static System.Text.Json.Nodes.JsonNode? Json(string text) => System.Text.Json.Nodes.JsonNode.Parse(text);

    private static string Edit(Action<System.Text.Json.Nodes.JsonObject> edit)
    {
        var order = Json(Order)!.AsObject();
        edit(order);
        return order.ToJsonString();
    }

    private static Translation Translate(string topic, string body) => Source.Translate(Arriving.Shopify(topic, body));
}
