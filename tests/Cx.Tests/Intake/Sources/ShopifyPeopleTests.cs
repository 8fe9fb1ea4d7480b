using Cx.Application.EventStore;
using Cx.Application.Intake;
using Cx.Application.Intake.Sources;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Intake.Sources;

public class ShopifyPeopleTests
{
    private static readonly RawIdentifier[] Giulia =
        [new(IdentifierKind.ShopCustomerId, "9207199254740995"), new(IdentifierKind.Email, "giulia.neri@example.com"), new(IdentifierKind.Phone, "+393335550122")];

    private const string Customer = """{"id":9207199254740995,"email":"giulia.neri@example.com","phone":"+393335550122"}""";

    [Fact]
    public void A_ticked_box_is_a_copied_consent_dated_at_the_order()
    {
        var consent = Translate("orders/create", Arriving.Fixture("shopify.order.json")).Only().Fact<ConsentGiven>();
        Assert.Equal(new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.Copied, "shopify", null, new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero)), consent);
    }

    [Fact]
    public void An_unticked_box_says_nothing()
    {
        var report = Translate("orders/create", Arriving.Fixture("shopify.order.json").Replace("\"buyer_accepts_marketing\": true", "\"buyer_accepts_marketing\": false", StringComparison.Ordinal)).Only();
        Assert.False(report.Has<ConsentGiven>() || report.Has<ConsentWithdrawn>());
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("580111", true)]
    [InlineData("subscription_contract", false)]
    [InlineData("shopify_draft_order", false)]
    [InlineData("pos", false)]
    [InlineData("1234567", false)]
    public void Only_an_order_that_went_through_the_checkout_brings_consent(string source, bool brings)
    {
        var order = Arriving.Fixture("shopify.order.json").Replace("\"buyer_accepts_marketing\": true", $"\"buyer_accepts_marketing\": true, \"source_name\": \"{source}\"", StringComparison.Ordinal);
        Assert.Equal(brings, Translate("orders/create", order).Only().Has<ConsentGiven>());
    }

    [Fact]
    public void The_consent_of_the_record_in_an_order_keeps_its_own_date()
    {
        var order = Arriving.Fixture("shopify.order.json").Replace(
            "\"customer\": {", "\"customer\": {\"email_marketing_consent\":{\"state\":\"unsubscribed\",\"consent_updated_at\":\"2025-02-01T00:00:00Z\"},", StringComparison.Ordinal);
        var withdrawn = Translate("orders/create", order).Only().Fact<ConsentWithdrawn>();
        Assert.Equal(new DateTimeOffset(2025, 2, 1, 0, 0, 0, TimeSpan.Zero), withdrawn.CountsFrom);
    }

    [Theory]
    [InlineData("subscribed", true)]
    [InlineData("SUBSCRIBED", true)]
    [InlineData("unsubscribed", false)]
    [InlineData("redacted", false)]
    [InlineData("pending", null)]
    [InlineData("not_subscribed", null)]
    [InlineData("invalid", null)]
    public void A_subscribed_or_unsubscribed_state_is_recorded_as_consent(string state, bool? given)
    {
        var translation = Translate("customers_email_marketing_consent/update", Consent(state, "\"2026-03-04T10:00:00+01:00\""));
        if (given is null)
        {
            Assert.IsType<Translation.Nothing>(translation);
            return;
        }

        var fact = Assert.Single(translation.Only().Facts);
        Assert.Equal(given, fact is ConsentGiven);
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 9, 0, 0, TimeSpan.Zero), fact.OccurredAt);
        Assert.Equal(Giulia[..2], translation.Only().Identifiers);
    }

    [Fact]
    public void An_undated_objection_counts_from_its_arrival() =>
        Assert.Equal(Arriving.Now, Translate("customers_email_marketing_consent/update", Consent("unsubscribed", "null")).Only().Fact<ConsentWithdrawn>().OccurredAt);

    [Theory]
    [InlineData("subscribed", true)]
    [InlineData("unsubscribed", false)]
    [InlineData("not_subscribed", null)]
    public void The_consent_to_text_messages_is_one_of_messaging_alone(string state, bool? given)
    {
        var translation = Translate("customers_marketing_consent/update", $$$"""
            {"id":5,"phone":"+393331234567","sms_marketing_consent":{"state":"{{{state}}}","opt_in_level":"single_opt_in","consent_updated_at":"2026-03-04T10:00:00Z","consent_collected_from":"OTHER"}}
            """);
        if (given is null)
        {
            Assert.IsType<Translation.Nothing>(translation);
            return;
        }

        var report = translation.Only();
        Assert.Equal([new(IdentifierKind.ShopCustomerId, "5"), new(IdentifierKind.Phone, "+393331234567")], report.Identifiers);
        Assert.Equal((given, Channel.Messaging), Assert.Single(report.Facts) is ConsentGiven x ? (true, x.Channel) : (false, report.Fact<ConsentWithdrawn>().Channel));
    }

    [Fact]
    public void An_undated_objection_in_a_record_was_made_by_the_time_of_the_record()
    {
        const string Undated = """{"state":"unsubscribed","consent_updated_at":null}""";
        var customer = Translate("customers/update", $$"""{"id":5,"email":"a@example.com","updated_at":"2026-03-04T10:00:00Z","email_marketing_consent":{{Undated}}}""").Only();
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 10, 0, 0, TimeSpan.Zero), customer.Fact<ConsentWithdrawn>().CountsFrom);

        var order = Arriving.Fixture("shopify.order.json").Replace("\"customer\": {", $"\"customer\": {{\"email_marketing_consent\":{Undated},", StringComparison.Ordinal);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero), Translate("orders/create", order).Only().Fact<ConsentWithdrawn>().CountsFrom);
    }

    [Fact]
    public void A_customer_brings_details_and_consent()
    {
        var report = Translate("customers/update", """
            {"id":9207199254740995,"email":"giulia.neri@example.com","phone":"+393335550122","first_name":"Giulia","last_name":null,"updated_at":"2026-03-01T10:00:00.1234567Z",
             "default_address":{"country_code":"IT"},"email_marketing_consent":{"state":"unsubscribed","consent_updated_at":"2026-02-01T00:00:00Z"}}
            """).Only();
        Assert.Equal([.. Giulia[..2], Giulia[2] with { Country = "IT" }], report.Identifiers);
        var details = report.Fact<CustomerDetailsLearned>();
        Assert.Equal(("Giulia", "IT"), (details.Name?.Value, details.Country));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero).AddMicroseconds(123456), details.OccurredAt);
        Assert.True(report.Has<ConsentWithdrawn>());
    }

    [Fact]
    public void A_redaction_has_the_customer_and_the_orders()
    {
        var erase = Assert.IsType<Translation.Erase>(Translate("customers/redact", $$"""{"shop_id":1,"shop_domain":"b.myshopify.com","customer":{{Customer}},"orders_to_redact":[9007199254740993]}"""));
        Assert.Equal(Giulia, erase.Person);
        Assert.Equal([new(IdentifierKind.Order, "9007199254740993")], erase.Orders);
    }

    [Theory]
    [InlineData("customers/redact")]
    [InlineData("customers/data_request")]
    public void A_signed_order_under_the_topic_of_a_privacy_request_is_refused(string topic)
    {
        var refused = Assert.Throws<UntranslatableException>(() => Translate(topic, Arriving.Fixture("shopify.order.json")));
        Assert.Contains("shop_id", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_request_is_recorded_for_the_customer()
    {
        var report = Translate("customers/data_request", $$"""{"shop_id":1,"shop_domain":"b.myshopify.com","customer":{{Customer}},"orders_requested":[9007199254740993],"data_request":{"id":9999} }""").Only();
        Assert.Equal([.. Giulia, new(IdentifierKind.Order, "9007199254740993")], report.Identifiers);
        Assert.Equal([new DataRequested("shopify", Arriving.Now)], report.Facts);
    }

    private static string Consent(string state, string at) =>
        $$$"""{"customer_id":9207199254740995,"email_address":"giulia.neri@example.com","email_marketing_consent":{"state":"{{{state}}}","opt_in_level":"single_opt_in","consent_updated_at":{{{at}}} } }""";

    private static Translation Translate(string topic, string body) => new ShopifySource().Translate(Arriving.Shopify(topic, body));
}
