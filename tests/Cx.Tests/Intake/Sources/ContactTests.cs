using System.Text.Json.Nodes;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain.Customers;

namespace Cx.Tests.Intake.Sources;

/// <summary>What each source says of the contact of an order and of its customer, and from when it counts.</summary>
public class ContactTests
{
    private static readonly DateTimeOffset Placed = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Shopifys_order_has_its_contact_and_its_copies_are_dated_by_its_creation()
    {
        var report = Shopify("orders/updated", o => (o["updated_at"], o["billing_address"]!["province_code"], o["billing_address"]!["zip"]) = ("2026-03-10T10:00:00Z", "TO", 10121));
        var contact = report.Fact<OrderContactGiven>();
        Assert.Equal(("giulia.neri@example.com", "giulia.neri@example.com", "Giulia Neri"), (contact.Email?.Value, contact.OwnEmail?.Value, contact.Name?.Value));
        Assert.Equal(("it-IT", "IT", "TO", "10121"), (contact.Language, contact.Country, contact.Province, contact.Postcode?.Value));
        Assert.Equal(new DateTimeOffset(2026, 3, 10, 10, 0, 0, TimeSpan.Zero), contact.OccurredAt);
        Assert.Equal(Placed, report.Fact<CustomerDetailsLearned>().OccurredAt);
    }

    [Fact]
    public void Shopifys_customer_inside_an_order_is_dated_by_its_own_change_and_the_orders_copies_by_its_creation()
    {
        var report = Shopify("orders/updated", o =>
        {
            var customer = o["customer"]!.AsObject();
            (customer["updated_at"], customer["email"], customer["default_address"]) = ("2026-02-01T10:00:00Z", null, null);
            o["updated_at"] = "2026-03-10T10:00:00Z";
        });
        var (own, copy) = report.Facts.OfType<CustomerDetailsLearned>().ToArray() is [var first, var second] ? (first, second) : throw new InvalidOperationException("not two");
        Assert.Equal((null, "Giulia Neri", new DateTimeOffset(2026, 2, 1, 10, 0, 0, TimeSpan.Zero)), (own.Email, own.Name?.Value, own.OccurredAt));
        Assert.Equal(("giulia.neri@example.com", null, "IT", Placed), (copy.Email?.Value, copy.Name, copy.Country, copy.OccurredAt));
    }

    [Fact]
    public void An_address_that_is_not_the_shopify_customers_is_not_greeted_by_the_customers_name()
    {
        var contact = Shopify("orders/create", o => (o["email"], o["billing_address"]!["first_name"]) = ("gift@example.com", "Paolo")).Fact<OrderContactGiven>();
        Assert.Equal(("gift@example.com", "giulia.neri@example.com", "Paolo"), (contact.Email?.Value, contact.OwnEmail?.Value, contact.FirstName?.Value));
        Assert.Equal("giulia.neri@example.com", Shopify("orders/create", o => o["email"] = "Giulia.Neri@example.com").Fact<OrderContactGiven>().Email?.Value);
    }

    [Theory]
    [InlineData("""{"id":5,"email":null,"phone":"","first_name":null,"last_name":"","updated_at":"2026-03-01T10:00:00Z"}""", new[] { DetailsField.Email, DetailsField.Phone, DetailsField.Name, DetailsField.FirstName })]
    [InlineData("""{"id":5,"email":"a@example.com","first_name":" ","last_name":"Neri","updated_at":"2026-03-01T10:00:00Z"}""", new[] { DetailsField.FirstName })]
    [InlineData("""{"id":5,"first_name":"Ada","updated_at":"2026-03-01T10:00:00Z"}""", new DetailsField[0])]
    public void What_shopifys_record_has_emptied_is_cleared_and_what_it_leaves_out_is_not(string customer, DetailsField[] cleared)
    {
        var facts = new ShopifySource().Translate(Arriving.Shopify("customers/update", customer)).Only().Facts.OfType<CustomerDetailsCleared>().ToList();
        Assert.Equal(cleared, facts.SelectMany(f => f.Fields));
        Assert.All(facts, f => Assert.Equal(Placed, f.OccurredAt));
    }

    [Theory]
    [InlineData("""{"id":5,"email":"","first_name":"","last_name":"","date_modified_gmt":"2026-03-01T10:00:00","billing":{"email":"","phone":"","first_name":"","last_name":""}}""", new[] { DetailsField.Email, DetailsField.Phone, DetailsField.Name, DetailsField.FirstName })]
    [InlineData("""{"id":5,"email":"","first_name":"","last_name":"","date_modified_gmt":"2026-03-01T10:00:00","billing":{"email":"a@example.com","first_name":"Ada"}}""", new DetailsField[0])]
    [InlineData("""{"id":5,"email":"a@example.com","date_modified_gmt":"2026-03-01T10:00:00","billing":{"email":""}}""", new DetailsField[0])]
    public void What_woocommerces_record_has_emptied_is_cleared_and_what_it_leaves_out_is_not(string customer, DetailsField[] cleared) =>
        Assert.Equal(cleared, new WooCommerceSource().Translate(Arriving.Woo("customer.updated", customer)).Only().Facts.OfType<CustomerDetailsCleared>().SelectMany(f => f.Fields));

    [Fact]
    public void WooCommerces_billing_is_the_orders_contact_and_a_copy_dated_by_its_creation()
    {
        var report = Woo(o =>
        {
            (o["date_created_gmt"], o["date_modified_gmt"], o["billing"]!["state"], o["billing"]!["postcode"]) = ("2026-03-01T10:00:00", "2026-03-10T10:00:00", "Île-de-France", 75001);
            o["billing"]!["email"] = "jean.roux@example.com";
        });
        var contact = report.Fact<OrderContactGiven>();
        Assert.Equal(("jean.roux@example.com", null, "75001", new DateTimeOffset(2026, 3, 10, 10, 0, 0, TimeSpan.Zero)), (contact.Email?.Value, contact.Province, contact.Postcode?.Value, contact.OccurredAt));
        Assert.Equal(Placed, report.Fact<CustomerDetailsLearned>().OccurredAt);
        Assert.False(Woo(o => (o["status"], o["date_paid_gmt"]) = ("pending", null)).Has<OrderContactGiven>());
    }

    [Theory]
    [InlineData("wpml_language", "pt-br", "pt-br")]
    [InlineData("pll_language", "en", "en")]
    [InlineData("_order_language", "de", "de")]
    [InlineData("lang", "de_DE", "de-DE")]
    [InlineData("trp_language", "de_DE_formal", "de-DE-formal")]
    [InlineData("weglot_language", "fr", "fr")]
    [InlineData("wpml_language", "all", null)]
    [InlineData("wpml_language", "", null)]
    [InlineData("language_of_my_cat", "de", null)]
    public void The_plug_in_that_translates_the_shop_says_the_language(string key, string value, string? language)
    {
        var report = Woo(o => o["meta_data"] = new JsonArray("odd", new JsonObject { ["key"] = "other", ["value"] = new JsonObject() }, new JsonObject { ["key"] = key, ["value"] = value }));
        Assert.Equal((language, language), (report.Fact<OrderContactGiven>().Language, report.Fact<CustomerDetailsLearned>().Language));
    }

    [Fact]
    public void Polylang_says_the_language_beside_the_order_and_an_odd_list_of_metadata_costs_only_the_language()
    {
        Assert.Equal("de", Woo(o => o["lang"] = "de").Fact<OrderContactGiven>().Language);
        Assert.Null(Woo(o => o["meta_data"] = new JsonObject { ["wpml_language"] = "de" }).Fact<OrderContactGiven>().Language);
    }

    [Theory]
    [InlineData("""{"shipping_lines":[{"title":"Bottega","delivery_category":"pickup"}]}""", true)]
    [InlineData("""{"shipping_lines":[{"title":"Bottega","delivery_category":null}],"shipping_address":null}""", true)]
    [InlineData("""{"shipping_lines":[{"title":"Courier","delivery_category":null}]}""", null)]
    [InlineData("""{"shipping_lines":[{"delivery_category":"pickup"},{"delivery_category":null}]}""", null)]
    [InlineData("""{"shipping_lines":[],"shipping_address":null}""", null)]
    [InlineData("""{"shipping_lines":{"delivery_category":"pickup"}}""", null)]
    [InlineData("""{"fulfillments":[{"id":1,"created_at":"2026-03-01T10:00:00Z","shipment_status":"ready_for_pickup"}]}""", true)]
    [InlineData("""{"fulfillments":[{"id":1,"created_at":"2026-03-01T10:00:00Z","shipment_status":"ready_for_pickup","tracking_number":"3S1"}]}""", null)]
    [InlineData("""{"fulfillments":[{"id":1,"created_at":"2026-03-01T10:00:00Z","shipment_status":"in_transit"}]}""", null)]
    public void Shopify_says_whether_an_order_is_picked_up_in_the_shop(string fields, bool? forPickUp) =>
        Assert.Equal(forPickUp, Shopify("orders/create", o => Merge(o, fields)).Fact<OrderContactGiven>().ForPickUp);

    [Theory]
    [InlineData("""[{"method_id":"local_pickup"}]""", true)]
    [InlineData("""[{"method_id":"local_pickup:3"}]""", true)]
    [InlineData("""[{"method_id":"pickup_location"}]""", true)]
    [InlineData("""[{"method_id":"local_pickup"},{"method_id":"flat_rate"}]""", null)]
    [InlineData("""[{"method_id":5}]""", null)]
    [InlineData("[]", null)]
    public void WooCommerce_says_whether_an_order_is_picked_up_in_the_shop(string lines, bool? forPickUp) =>
        Assert.Equal(forPickUp, Woo(o => o["shipping_lines"] = JsonNode.Parse(lines)).Fact<OrderContactGiven>().ForPickUp);

    [Fact]
    public void A_postcode_is_kept_as_the_zones_in_which_it_lies()
    {
        Assert.Equal("Atlantic/Canary", Shopify("orders/create", o => Merge(o, """{"billing_address":{"country_code":"ES","zip":35001}}""")).Fact<OrderContactGiven>().PostcodeZones);
        Assert.Equal("America/New_York", Woo(o => Merge(o["billing"]!.AsObject(), """{"country":"US","state":"NY","postcode":"10001-1234"}""")).Fact<OrderContactGiven>().PostcodeZones);
        Assert.Null(Woo(o => Merge(o["billing"]!.AsObject(), """{"country":"FR","postcode":"75001"}""")).Fact<OrderContactGiven>().PostcodeZones);
    }

    [Fact]
    public void The_country_is_read_in_lower_case_too_and_of_the_address_of_delivery_where_that_alone_has_one()
    {
        var woo = Woo(o => Merge(o, """{"billing":{"email":"a@example.com","country":"","phone":"(415) 555-0100"},"shipping":{"country":"us","state":"CA","postcode":"94105"}}"""));
        var contact = woo.Fact<OrderContactGiven>();
        Assert.Equal(("US", "CA", "94105", "America/Los_Angeles"), (contact.Country, contact.Province, contact.Postcode?.Value, contact.PostcodeZones));
        Assert.Equal("US", woo.Fact<CustomerDetailsLearned>().Country);
        Assert.Contains(woo.Identifiers, i => i is { Kind: IdentifierKind.Phone, Country: "US" });
        Assert.Equal("GB", Woo(o => Merge(o["billing"]!.AsObject(), """{"country":"gb"}""")).Fact<OrderContactGiven>().Country);
        Assert.Equal("GB", Shopify("orders/create", o => Merge(o, """{"billing_address":{"country_code":"gb"}}""")).Fact<OrderContactGiven>().Country);
    }

    [Fact]
    public void An_order_from_which_the_address_was_removed_has_none()
    {
        Assert.True(Woo(o => Merge(o["billing"]!.AsObject(), """{"email":""}""")).Fact<OrderContactGiven>().HasNoEmail);
        Assert.True(Shopify("orders/updated", o => (o["email"], o["contact_email"], o["customer"]!["email"]) = ("", null, null)).Fact<OrderContactGiven>().HasNoEmail);

        Assert.Null(Shopify("orders/updated", o => o["email"] = "").Fact<OrderContactGiven>().HasNoEmail);
        Assert.Null(Woo(o => o["billing"] = new JsonArray { }).Facts.OfType<OrderContactGiven>().SingleOrDefault()?.HasNoEmail);
    }

    [Fact]
    public void What_wordpress_writes_over_the_data_of_a_person_that_it_erases_is_nobodys()
    {
        var report = Woo(o => Merge(o, """
            {"customer_id":0,"billing":{"first_name":"[deleted]","last_name":"[deleted]","email":"deleted@site.invalid","phone":"+00 000 0000000","country":"IT"}}
            """));
        Assert.Equal([IdentifierKind.Order], report.Identifiers.Select(i => i.Kind));
        var contact = report.Fact<OrderContactGiven>();
        Assert.Equal((null, null, null, null, true), (contact.Email, contact.Phone, contact.Name, contact.FirstName, contact.HasNoEmail));
        Assert.Equal((null, null, null), (report.Fact<CustomerDetailsLearned>().Email, report.Fact<CustomerDetailsLearned>().Phone, report.Fact<CustomerDetailsLearned>().Name));
    }

    [Fact]
    public void A_purchase_has_the_contact_of_the_touchpoints_customer()
    {
        var item = JsonNode.Parse("""
            {"id":"t-1","type":"purchase","occurredAt":"2026-03-01T10:00:00Z","orderId":"o-1","customer":{"email":"ada@example.com","firstName":"Ada","language":"it","country":"IT"},
             "data":{"total":{"amount":10,"currency":"EUR"}}}
            """)!;
        var contact = TouchpointReader.Read(System.Text.Json.JsonSerializer.SerializeToElement(item), Placed).Report!.Fact<OrderContactGiven>();
        Assert.Equal(("ada@example.com", "Ada", "it", "IT", Placed), (contact.Email?.Value, contact.FirstName?.Value, contact.Language, contact.Country, contact.OccurredAt));
        item["type"] = "payment";
        Assert.False(TouchpointReader.Read(System.Text.Json.JsonSerializer.SerializeToElement(item), Placed).Report!.Has<OrderContactGiven>());
    }

    private static Report Shopify(string topic, Action<JsonObject> edit) => new ShopifySource().Translate(Arriving.Shopify(topic, Edited("shopify.order.json", edit))).Only();

    private static Report Woo(Action<JsonObject> edit) => new WooCommerceSource().Translate(Arriving.Woo("order.updated", Edited("woocommerce.order.json", edit))).Only();

    private static void Merge(JsonObject order, string fields)
    {
        foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
            order[name] = value?.DeepClone();
    }

    private static string Edited(string fixture, Action<JsonObject> edit)
    {
        var order = JsonNode.Parse(Arriving.Fixture(fixture))!.AsObject();
        edit(order);
        return order.ToJsonString();
    }
}
