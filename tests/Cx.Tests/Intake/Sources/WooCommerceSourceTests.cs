using System.Text.Json.Nodes;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Intake.Sources;

public class WooCommerceSourceTests
{
    private static readonly WooCommerceSource Source = new();

    private static readonly string Order = Arriving.Fixture("woocommerce.order.json");

    private static readonly OrderId Id = new("727");

    private static readonly DateTimeOffset Modified = new(2026, 3, 2, 9, 5, 0, TimeSpan.Zero);

    [Fact]
    public void A_signed_delivery_is_authentic()
    {
        var request = Arriving.Woo("order.created", Order);
        Assert.Equal(Verdict.Authentic, Source.Verify(request, ["new", Arriving.WooSecret]));
        Assert.Equal(Verdict.Forged, Source.Verify(request, ["new"]));
        Assert.Equal(Verdict.Forged, Source.Verify(Arriving.Request(Order, ("X-WC-Webhook-Topic", "order.created")), [Arriving.WooSecret]));
        request.Headers["X-WC-Webhook-Signature"] = "?";
        Assert.Equal(Verdict.Malformed, Source.Verify(request, [Arriving.WooSecret]));
    }

    [Theory]
    [InlineData("webhook_id=7", "application/x-www-form-urlencoded", Verdict.Ping)]
    [InlineData("webhook_id=7", "application/x-www-form-urlencoded; charset=UTF-8", Verdict.Ping)]
    [InlineData("webhook_id=7", "application/json", Verdict.Forged)]
    [InlineData("webhook_id=", "application/x-www-form-urlencoded", Verdict.Forged)]
    [InlineData("webhook_id=7&id=1", "application/x-www-form-urlencoded", Verdict.Forged)]
    [InlineData("webhook_id=7\n", "application/x-www-form-urlencoded", Verdict.Forged)]
    [InlineData("webhook_id=-7", "application/x-www-form-urlencoded", Verdict.Forged)]
    [InlineData("{}", "application/x-www-form-urlencoded", Verdict.Forged)]
    public void The_connection_test_of_a_saved_webhook_is_recognised_by_its_exact_form(string body, string type, Verdict verdict) =>
        Assert.Equal(verdict, Source.Verify(Arriving.Request(body, ("Content-Type", type)), [Arriving.WooSecret]));

    [Fact]
    public void A_signed_connection_test_is_checked_like_every_signed_delivery() => Assert.Equal(
        Verdict.Forged,
        Source.Verify(Arriving.Request("webhook_id=7", ("Content-Type", "application/x-www-form-urlencoded"), ("X-WC-Webhook-Signature", Arriving.Base64Hmac([1], "x"))), [Arriving.WooSecret]));

    [Fact]
    public void Two_orders_of_one_second_share_the_delivery_id_and_not_the_key()
    {
        var key = Source.DeliveryKey(Arriving.Woo("order.updated", Order));
        Assert.Equal(key, Source.DeliveryKey(Arriving.Woo("order.updated", Order)));
        Assert.NotEqual(key, Source.DeliveryKey(Arriving.Woo("order.created", Order)));
        Assert.NotEqual(key, Source.DeliveryKey(Arriving.Woo("order.updated", Edit(o => o["id"] = 728))));
        Assert.NotEqual(key, Source.DeliveryKey(Arriving.Woo("order.updated", Edit(o => o["date_modified_gmt"] = "2026-03-02T09:05:01"))));
        Assert.NotEqual(key, Source.DeliveryKey(Arriving.Woo("order.updated", Edit(o => o["total"] = "61.03"))));
        Assert.NotEmpty(Source.DeliveryKey(Arriving.Woo("order.deleted", "[]")));
    }

    [Fact]
    public void An_order_has_exact_prices_utc_dates_and_plain_titles()
    {
        var report = Translate(Order).Only();
        var placed = report.Fact<OrderPlaced>();
        Assert.Equal((Id, "727", new Money(61.02m, "EUR")), (placed.Order, placed.Number, placed.Total));
        Assert.Equal((new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero), Modified), (placed.OccurredAt, placed.Revision));
        Assert.Equal(
            [new OrderLine(new("93"), "CAFE", "Café – moulu & frais", 3, 16.666666666666668m, null) { Line = "1" }, new OrderLine(new("22"), null, "Tasse", 1, 11.02m, null) { Line = "2" }], placed.Lines);
        Assert.Equal((new DateTimeOffset(2026, 3, 2, 9, 4, 0, TimeSpan.Zero), Modified), (report.Fact<OrderPaid>().OccurredAt, report.Fact<OrderPaid>().Revision));
    }

    [Fact]
    public void Customer_0_is_a_guest() =>
        Assert.DoesNotContain(Translate(Order).Only().Identifiers, i => i.Kind is IdentifierKind.ShopCustomerId);

    [Fact]
    public void A_registered_customer_and_a_number_of_a_known_country_are_identifiers() => Assert.Equal(
        [
            new(IdentifierKind.Order, "727"), new(IdentifierKind.ShopCustomerId, "25"), new(IdentifierKind.Email, "jean.roux@example.com"),
            new(IdentifierKind.Phone, "00 33 1 99 00 11 22", "FR", NeedsCountry: true),
        ],
        Translate(Edit(o => (o["customer_id"], o["billing"]!["phone"]) = (25, "00 33 1 99 00 11 22"))).Only().Identifiers);

    [Theory]
    [InlineData("pending", false)]
    [InlineData("failed", false)]
    [InlineData("checkout-draft", false)]
    [InlineData("wc-pending", false)]
    [InlineData("Failed", false)]
    [InlineData("on-hold", true)]
    [InlineData("processing", true)]
    [InlineData("packed-by-a-plug-in", true)]
    public void An_order_is_placed_when_its_payment_is_accepted_or_pending_elsewhere(string status, bool isOrder)
    {
        var report = Translate(Edit(o => (o["status"], o["date_paid_gmt"]) = (status, null))).Only();
        Assert.Equal((isOrder, !isOrder, false), (report.Has<OrderPlaced>(), report.Has<CheckoutStarted>(), report.Has<OrderPaid>()));
    }

    [Theory]
    [InlineData("2026-03-08T09:00:00", "stripe", 8)]
    [InlineData("2026-03-08T09:00:00", "bacs", 2)]
    [InlineData("2026-03-02T09:59:00", "stripe", 2)]
    public void An_order_that_is_paid_after_its_checkout_was_taken_when_it_was_paid_unless_the_payment_is_outside_it(string paidAt, string method, int day) => Assert.Equal(
        new DateTimeOffset(2026, 3, day, 9, 0, 0, TimeSpan.Zero),
        Translate(Edit(o => (o["date_paid_gmt"], o["payment_method"]) = (paidAt, method))).Only().Fact<OrderPlaced>().OccurredAt);

    [Fact]
    public void A_draft_without_a_customer_is_nothing() =>
        Assert.IsType<Translation.Nothing>(Translate(Edit(o => (o["status"], o["billing"], o["date_paid_gmt"]) = ("checkout-draft", new JsonObject { ["email"] = "", ["phone"] = "" }, null))));

    [Fact]
    public void A_completed_order_was_shipped_whole_on_its_date_of_completion()
    {
        var completed = Edit(o => (o["status"], o["date_completed_gmt"]) = ("completed", "2026-03-04T09:00:00"));
        Assert.Equal(new OrderShipped(Id, null, new(2026, 3, 4, 9, 0, 0, TimeSpan.Zero)) { Revision = Modified }, Translate(completed).Only().Fact<OrderShipped>());
        Assert.False(Translate(completed.Replace("\"completed\"", "\"processing\"", StringComparison.Ordinal)).Only().Has<OrderShipped>());
        Assert.Equal(Modified, Translate(Edit(o => (o["status"], o["date_completed_gmt"]) = ("completed", null))).Only().Fact<OrderShipped>().OccurredAt);
        Assert.False(Translate(Edit(o => (o["status"], o["date_completed_gmt"]) = ("completed", "soon"))).Only().Has<OrderShipped>());
    }

    [Fact]
    public void A_cancelled_order_was_placed_only_if_it_was_paid()
    {
        var paid = Translate(Edit(o => o["status"] = "cancelled")).Only();
        var unpaid = Translate(Edit(o => (o["status"], o["date_paid_gmt"]) = ("cancelled", null))).Only();
        Assert.Equal(new OrderCancelled(Id, Canceller.Unknown, Modified), paid.Fact<OrderCancelled>());
        Assert.True(paid.Has<OrderPlaced>());
        Assert.True(unpaid.Has<OrderCancelled>());
        Assert.False(unpaid.Has<OrderPlaced>());
    }

    [Fact]
    public void Refunds_are_positive_and_the_last_of_a_refunded_order_is_full()
    {
        var refunds = JsonNode.Parse("""[{"id":801,"total":"-10.00"},{"id":802,"total":"-51.02"}]""");
        var facts = Translate(Edit(o => (o["status"], o["refunds"]) = ("refunded", refunds))).Only().Facts.OfType<OrderRefunded>();
        Assert.Equal([new(Id, "801", new Money(10.00m, "EUR"), false, Modified), new(Id, "802", new Money(51.02m, "EUR"), true, Modified)], facts);
        Assert.Equal(new OrderRefunded(Id, "whole", new Money(61.02m, "EUR"), true, Modified), Translate(Edit(o => o["status"] = "refunded")).Only().Fact<OrderRefunded>());
    }

    [Theory]
    [InlineData("""[{"id":9,"quantity":-1,"total":"-16.67","meta_data":[{"id":1,"key":"_refunded_item_id","value":"315"}]}]""")]
    [InlineData("""[{"id":9,"quantity":1,"line_item_id":315},{"id":10,"quantity":0,"line_item_id":316}]""")]
    public void The_lines_of_a_refund_where_the_shop_adds_them_are_returns_by_item(string lines)
    {
        var refunds = JsonNode.Parse($$"""[{"id":801,"total":"-10.00","line_items":{{lines}}}]""");

        var facts = Translate(Edit(o => o["refunds"] = refunds)).Only();

        Assert.Equal([new LineQuantity("315", 1)], facts.Fact<OrderRefunded>().Lines!);
        Assert.Equal([new LineQuantity("315", 1)], facts.Fact<OrderPlaced>().Standing!.Refunded!["801"]!.Lines!);
    }

    [Fact]
    public void A_customer_is_dated_by_its_last_change_or_its_creation()
    {
        var report = Source.Translate(Arriving.Woo("customer.created", """
            {"id":25,"date_created_gmt":"2026-01-05T08:00:00","date_modified_gmt":null,"email":"jean.roux@example.com","first_name":"Jean","last_name":"Roux","billing":{"country":"FR","email":"","phone":""}}
            """)).Only();
        var details = report.Fact<CustomerDetailsLearned>();
        Assert.Equal(("Jean Roux", "FR", new DateTimeOffset(2026, 1, 5, 8, 0, 0, TimeSpan.Zero)), (details.Name?.Value, details.Country, details.OccurredAt));
        Assert.Equal([new(IdentifierKind.ShopCustomerId, "25"), new(IdentifierKind.Email, "jean.roux@example.com")], report.Identifiers);
    }

    [Theory]
    [InlineData("product.updated")]
    [InlineData("action.woocommerce_anything")]
    public void Other_topics_are_acknowledged(string topic) => Assert.IsType<Translation.Nothing>(Source.Translate(Arriving.Woo(topic, """{"id":727}""")));

    [Fact]
    public void An_order_in_the_trash_is_none_though_only_its_id_is_told()
    {
        var report = Source.Translate(Arriving.Woo("order.deleted", """{"id":727}""")).Only();
        Assert.Equal([new(IdentifierKind.Order, "727")], report.Identifiers);
        Assert.Equal(new OrderNotTaken(new("727"), Arriving.Now), report.Fact<OrderNotTaken>());
        Assert.True(Translate(Edit(o => (o["status"], o["billing"], o["customer_id"]) = ("trash", new JsonArray(), 0))).Only().Has<OrderNotTaken>());
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("0.12345678901234567890123456789")]
    [InlineData("1000000000000000")]
    public void A_price_without_an_exact_form_is_left_out_and_never_rounded(string price)
    {
        var incoming = Arriving.Woo("order.updated", Order.Replace("\"price\": 11.02", $"\"price\": {price}", StringComparison.Ordinal));

        Assert.Equal(0, Source.Translate(incoming).Only().Fact<OrderPlaced>().Lines[1].Price);
        Assert.StartsWith("/line_items/1/price: ", Assert.Single(incoming.LeftOut.Distinct()), StringComparison.Ordinal);
    }

    [Fact]
    public void Goods_by_weight_have_fractions() =>
        Assert.Equal(0.5m, Translate(Edit(o => o["line_items"]![0]!["quantity"] = 0.5)).Only().Fact<OrderPlaced>().Lines[0].Quantity);

    [Fact]
    public void Decoding_a_title_brings_back_no_zero_character() =>
        Assert.Equal("", Translate(Edit(o => o["line_items"]![0]!["name"] = "a&#0;b")).Only().Fact<OrderPlaced>().Lines[0].Title);

    private static string Edit(Action<JsonObject> edit)
    {
        var order = JsonNode.Parse(Order)!.AsObject();
        edit(order);
        return order.ToJsonString();
    }

    private static Translation Translate(string body) => Source.Translate(Arriving.Woo("order.updated", body));
}
