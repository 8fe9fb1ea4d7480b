using System.Text;
using System.Text.Json.Nodes;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain;
using Cx.Domain.Touchpoints;
using Xunit.Abstractions;

namespace Cx.Tests.Intake.Sources;

/// <summary>One odd field costs that field: whatever a plug-in makes of a payload, the rest of it is taken, and what was left out is noted.</summary>
public class OddFieldTests(ITestOutputHelper output)
{
    private static readonly string[] OddValues = ["null", "\"\"", "[]", "{}", "true", "-7", "0.5", "\"odd\"", "[1]", """{"odd":1}""", "\"\\u0000\"", "1e400"];

    // Ids, the amount's currency, the subject, and the dates of the statement itself.
    private static readonly string[] MayFail =
        ["/id", "/order_id", "/fulfillment_id", "/currency", "/email", "/customer", "/billing", "/created_at", "/updated_at", "/processed_at", "/happened_at", "/date_created_gmt", "/date_modified_gmt"];

    public static TheoryData<string, string> Payloads => new()
    {
        { "orders/updated", Order() },
        { "fulfillments/update", Fulfilment },
        { "fulfillment_events/create", """{"id":1,"fulfillment_id":94,"order_id":90,"status":"delivered","happened_at":"2026-03-05T16:30:00Z","created_at":"2026-03-06T00:00:00Z"}""" },
        { "refunds/create", Refund },
        { "checkouts/create", """{"id":5,"token":"t","created_at":"2026-03-05T16:30:00Z","email":"ada@example.com","currency":"EUR","total_price":"12.00","customer":{"id":5},"shipping_address":[],"line_items":[{"title":"Moka","quantity":1,"price":"12.00"}]}""" },
        { "customers/update", """{"id":5,"email":"ada@example.com","first_name":"Ada","last_name":"Byron","tags":"vip","phone":"+393335550122","updated_at":"2026-03-05T16:30:00Z","email_marketing_consent":{"state":"subscribed","consent_updated_at":"2026-03-05T16:30:00Z"},"default_address":{"country_code":"IT"}}""" },
        { "order.updated", Woo() },
        { "customer.updated", """{"id":25,"email":"jean@example.com","first_name":"Jean","last_name":"Roux","date_created_gmt":"2026-03-02T09:00:00","date_modified_gmt":"2026-03-02T09:05:00","billing":{"email":"jean@example.com","phone":"+33199001122","country":"FR"}}""" },
    };

    [Theory, MemberData(nameof(Payloads))]
    public void Each_field_dropped_or_odd_costs_at_most_itself(string topic, string payload)
    {
        var (taken, failed, noted) = (0, 0, 0);
        foreach (var (path, edited) in Edits(JsonNode.Parse(payload)!))
        {
            var incoming = Incoming(topic, edited);
            try
            {
                Source(topic).Translate(incoming);
                taken++;
                noted += incoming.LeftOut.Count;
            }
            catch (UntranslatableException e)
            {
                failed++;
                Assert.True(Array.Exists(MayFail, field => path == field || e.Message.StartsWith(field + ":", StringComparison.Ordinal)), $"{path}: {e.Message}");
                Assert.Matches("^/[a-z_0-9/]+: .{10,}", e.Message);
            }
        }

        output.WriteLine($"{topic}: {taken} taken, {noted} fields noted, {failed} failed");
        Assert.True(taken > failed && noted > 0);
    }

    [Theory]
    [InlineData("\"price\": 11.02", "\"price\": \"\"")]
    [InlineData("\"price\": 11.02", "\"price\": null")]
    [InlineData("\"sku\": \"CAFE\"", "\"sku\": 123")]
    [InlineData("\"phone\": \"01 99 00 11 22\"", "\"phone\": 199001122")]
    [InlineData("\"quantity\": 1", "\"quantity\": 0.5")]
    [InlineData("\"currency\": \"EUR\"", "\"currency\": \"eur\"")]
    [InlineData("\"currency\": \"EUR\"", "\"currency\": \"USDT\"")]
    [InlineData("\"date_completed_gmt\": null", "\"date_completed_gmt\": \"0000-00-00T00:00:00\"")]
    [InlineData("\"refunds\": []", "\"refunds\": {}")]
    public void What_shops_often_send_is_no_error(string usual, string odd)
    {
        var incoming = Arriving.Woo("order.updated", Woo().Replace(usual, odd, StringComparison.Ordinal));

        var placed = new WooCommerceSource().Translate(incoming).Only().Fact<OrderPlaced>();

        Assert.Empty(incoming.LeftOut);
        Assert.Equal(61.02m, placed.Total.Amount);
        Assert.Equal(2, placed.Lines.Count);
    }

    [Fact]
    public void A_total_that_cannot_be_read_is_that_of_the_lines()
    {
        var incoming = Arriving.Woo("order.updated", Woo().Replace("\"61.02\"", "\"many\"", StringComparison.Ordinal));

        Assert.Equal(new Money((3 * 16.666666666666668m) + 11.02m, "EUR"), new WooCommerceSource().Translate(incoming).Only().Fact<OrderPlaced>().Total);
        Assert.Contains(incoming.LeftOut, l => l.StartsWith("/total: ", StringComparison.Ordinal) && !l.Contains("many", StringComparison.Ordinal));
    }

    [Fact]
    public void Refunds_in_several_currencies_have_no_amount_and_are_refunds_all_the_same()
    {
        var refund = new ShopifySource().Translate(Arriving.Shopify("refunds/create", Refund.Replace("\"amount\":\"10.10\",\"currency\":\"EUR\"", "\"amount\":\"10.10\",\"currency\":\"USD\"", StringComparison.Ordinal))).Only().Fact<OrderRefunded>();

        Assert.Null(refund.Amount);
        Assert.Equal([new LineQuantity("1", 1)], refund.Lines!);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        var incoming = Arriving.Request([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Woo())], ("X-WC-Webhook-Topic", "order.updated"));

        Assert.Equal("727", new WooCommerceSource().Translate(incoming).Only().Fact<OrderPlaced>().Number);
    }

    [Theory]
    [InlineData("""{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":403}}""", "administrator")]
    [InlineData("""{"order":{"id":727}}""", "v3")]
    public void An_answer_of_the_shop_that_is_no_order_says_how_it_is_mended(string body, string remedy) =>
        Assert.Contains(remedy, Assert.Throws<UntranslatableException>(() => new WooCommerceSource().Translate(Arriving.Woo("order.updated", body))).Message, StringComparison.Ordinal);

    private const string Fulfilment = """{"id":94,"order_id":90,"status":"success","shipment_status":"in_transit","created_at":"2026-03-03T08:00:00Z","updated_at":"2026-03-03T09:00:00Z","email":"ada@example.com","line_items":[{"id":1,"quantity":1}]}""";

    private const string Refund = """
        {"id":509,"order_id":90,"created_at":"2026-03-08T09:00:00Z","transactions":[
          {"kind":"refund","status":"success","amount":"20.00","currency":"EUR"},{"kind":"refund","status":"success","amount":"10.10","currency":"EUR"}],
          "refund_line_items":[{"line_item_id":1,"quantity":1}]}
        """;

    private static string Order()
    {
        var order = JsonNode.Parse(Arriving.Fixture("shopify.order.json"))!;
        (order["source_name"], order["tags"], order["customer"]!["tags"]) = ("web", "gift, b2b", "vip");
        (order["fulfillments"], order["refunds"]) = (new JsonArray(JsonNode.Parse(Fulfilment)), new JsonArray(JsonNode.Parse(Refund)));
        return order.ToJsonString();
    }

    private static string Woo()
    {
        var order = JsonNode.Parse(Arriving.Fixture("woocommerce.order.json"))!;
        (order["created_via"], order["needs_processing"]) = ("checkout", true);
        order["meta_data"] = new JsonArray(JsonNode.Parse("""{"id":1,"key":"_subscription_renewal","value":"818"}"""));
        return order.ToJsonString(Indented);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static ISource Source(string topic) => topic.Contains('/', StringComparison.Ordinal) ? new ShopifySource() : new WooCommerceSource();

    private static Incoming Incoming(string topic, string body) => Source(topic) is ShopifySource ? Arriving.Shopify(topic, body) : Arriving.Woo(topic, body);

    // Each field of each object in turn: without it, and with each odd value.
    private static IEnumerable<(string Path, string Json)> Edits(JsonNode root)
    {
        foreach (var path in Paths(root, []).ToList())
        {
            foreach (var odd in OddValues.Prepend(null))
            {
                var edited = root.DeepClone();
                var parent = path[..^1].Aggregate(edited, (node, key) => key is int i ? node[i]! : node[(string)key]!);
                var name = (string)path[^1];
                parent.AsObject().Remove(name);
                var json = edited.ToJsonString();
                if (odd is not null)
                {
                    parent[name] = "@odd@";
                    json = edited.ToJsonString().Replace("\"@odd@\"", odd, StringComparison.Ordinal);
                }

                yield return ("/" + string.Join('/', path), json);
            }
        }
    }

    private static IEnumerable<object[]> Paths(JsonNode? node, object[] path) => node switch
    {
        JsonObject fields => fields.SelectMany(f => (IEnumerable<object[]>)[[.. path, f.Key], .. Paths(f.Value, [.. path, f.Key])]),
        JsonArray items => items.SelectMany((item, i) => Paths(item, [.. path, i])),
        _ => [],
    };
}
