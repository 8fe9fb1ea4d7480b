using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Intake.Sources;

/// <summary>Tags, sales channel, renewal and digital goods, as each source says them.</summary>
public class ShopWordsTests
{
    [Theory]
    [InlineData("web", "", "web", false)]
    [InlineData("580111", null, "web", false)]
    [InlineData("POS", null, "pos", false)]
    [InlineData("3890849", "Wholesale", "3890849", false)]
    [InlineData("subscription_contract", null, "subscription_contract", true)]
    [InlineData("subscription_contract_checkout_one", null, "subscription_contract_checkout_one", true)]
    [InlineData("294517", "Subscription, Subscription Recurring Order", "294517", true)]
    [InlineData(null, "gift", null, null)]
    public void Shopify_names_the_channel_and_a_renewal_by_its_contract_or_tag(string? source, string? tags, string? channel, bool? renewal)
    {
        var traits = Shopify(o => (o["source_name"], o["tags"]) = (source, tags)).Fact<OrderPlaced>().Traits!;

        Assert.Equal((channel, renewal), (traits.SalesChannel, traits.IsRenewal));
        Assert.Equal(string.IsNullOrEmpty(tags) ? null : tags, traits.TagText?.Value);
        Assert.Equal(tags is "", traits.Tags is { Count: 0 });
    }

    [Fact]
    public void An_order_that_says_none_of_it_has_no_traits() => Assert.Null(Shopify(o => o.Remove("source_name")).Fact<OrderPlaced>().Traits);

    [Fact]
    public void The_type_of_a_product_is_its_category() =>
        Assert.Equal("Coffee", Shopify(o => o["line_items"]![0]!["product_type"] = "Coffee").Fact<OrderPlaced>().Lines[0].Category);

    [Theory]
    [InlineData("vip, Zia Nella", "vip, Zia Nella", false)]
    [InlineData("", null, true)]
    [InlineData(null, null, false)]
    public void Shopify_says_what_the_shop_calls_the_customer_in_the_record_and_in_the_copy_on_an_order(string? tags, string? text, bool none)
    {
        var record = new JsonObject { ["id"] = 5, ["email"] = "ada@example.com", ["tags"] = tags, ["updated_at"] = "2026-03-05T16:30:00Z" };
        var alone = new ShopifySource().Translate(Arriving.Shopify("customers/update", record.ToJsonString())).Only().Fact<CustomerDetailsLearned>();
        var onOrder = Shopify(o => o["customer"] = record.DeepClone()).Facts.OfType<CustomerDetailsLearned>().First();

        Assert.All([alone, onOrder], d => Assert.Equal((text, none), (d.TagText?.Value, d.Tags is { Count: 0 })));
    }

    [Theory]
    [InlineData("checkout", null, "checkout", false)]
    [InlineData("store-api", "", "store-api", false)]
    [InlineData("subscription", null, "subscription", true)]
    [InlineData("checkout", "818", "checkout", true)]
    [InlineData(null, "818", null, true)]
    public void WooCommerce_names_how_the_order_was_made_and_the_subscription_that_it_renews(string? via, string? subscription, string? channel, bool renewal)
    {
        var traits = Woo(o =>
        {
            o["created_via"] = via;
            if (subscription is not null)
                o["meta_data"] = new JsonArray(new JsonObject { ["id"] = 1, ["key"] = "_subscription_renewal", ["value"] = subscription });
        }).Traits!;

        Assert.Equal((channel, renewal), (traits.SalesChannel, traits.IsRenewal));
    }

    [Fact]
    public void WooCommerce_says_that_goods_need_no_parcel_of_the_order_or_of_a_line()
    {
        Assert.All(Woo(o => o["needs_processing"] = false).Lines, l => Assert.Equal(LineKind.Digital, l.Kind));
        Assert.Equal([LineKind.Digital, null], Woo(o => o["line_items"]![0]!["virtual"] = true).Lines.Select(l => l.Kind));
        Assert.All(Woo(o => o["needs_processing"] = true).Lines, l => Assert.Null(l.Kind));
    }

    [Fact]
    public void Tags_and_categories_of_a_plug_in_are_read_in_the_shape_of_the_products()
    {
        var line = Woo(o =>
        {
            o["line_items"]![0]!["tags"] = new JsonArray(new JsonObject { ["id"] = 3, ["name"] = "Fragile", ["slug"] = "fragile" });
            o["line_items"]![0]!["categories"] = new JsonArray(new JsonObject { ["id"] = 9, ["name"] = "Kitchen" });
        }).Lines[0];

        Assert.Equal((Labels.Of(["fragile"]), Labels.Of(["kitchen"])), (line.Tags, line.Collections));
    }

    [Fact]
    public void A_touchpoint_says_them_in_fields_of_its_own()
    {
        var report = Touchpoint("""
            {"total":{"amount":"9.90","currency":"EUR"},"salesChannel":"Marketplace","renewal":true,"tags":["B2B","for Nella"],
             "lines":[{"title":"Lamp","price":"9.90","kind":"digital","tags":["Glass"],"collections":["Winter","New, Sale"]}]}
            """).Report!;
        var placed = report.Fact<OrderPlaced>();

        Assert.Equal(("marketplace", true, "B2B, for Nella"), (placed.Traits!.SalesChannel, placed.Traits.IsRenewal, placed.Traits.TagText?.Value));
        Assert.Equal((Labels.Of(["glass"]), Labels.Of(["new", "sale", "winter"])), (placed.Lines[0].Tags, placed.Lines[0].Collections));
        Assert.Equal("vip", report.Fact<CustomerDetailsLearned>().TagText?.Value);
    }

    [Theory]
    [InlineData("""{"total":{"amount":"1","currency":"EUR"},"tags":"vip"}""", "/data/tags")]
    [InlineData("""{"total":{"amount":"1","currency":"EUR"},"tags":[1]}""", "/data/tags")]
    [InlineData("""{"total":{"amount":"1","currency":"EUR"},"renewal":"yes"}""", "/data/renewal")]
    public void A_touchpoint_with_other_shapes_is_refused(string data, string path) => Assert.Equal([path], Touchpoint(data).Errors.Select(e => e.Path));

    private static TouchpointReading Touchpoint(string data)
    {
        using var json = JsonDocument.Parse($$"""{"id":"t1","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"O-1","customer":{"email":"rosa@example.com","tags":["vip"]},"data":{{data}} }""");
        return TouchpointReader.Read(json.RootElement, Arriving.Now);
    }

    private static Report Shopify(Action<JsonObject> edit) => new ShopifySource().Translate(Arriving.Shopify("orders/updated", Edited("shopify.order.json", edit))).Only();

    private static OrderPlaced Woo(Action<JsonObject> edit) => new WooCommerceSource().Translate(Arriving.Woo("order.updated", Edited("woocommerce.order.json", edit))).Only().Fact<OrderPlaced>();

    private static string Edited(string fixture, Action<JsonObject> edit)
    {
        var order = JsonNode.Parse(Arriving.Fixture(fixture))!.AsObject();
        edit(order);
        return order.ToJsonString();
    }
}
