using System.Text.Json;
using Cx.Application.Intake.Sources;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Intake.Sources;

public class TouchpointReaderTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 9, 10, 0, 0, TimeSpan.Zero);

    private static readonly OrderId O1 = new("O-1");

    public static TheoryData<string, string, ICustomerEvent> EveryType => new()
    {
        { "payment", "{}", new OrderPaid(O1, At) },
        { "shipment", """{"shipment":"p1"}""", new OrderShipped(O1, "p1", At) },
        { "delivery", "{}", new OrderDelivered(O1, null, At) },
        { "cancellation", """{"by":"shop"}""", new OrderCancelled(O1, Canceller.Shop, At) },
        { "refund", """{"refundId":"r1","amount":"10.50","currency":"EUR","full":true}""", new OrderRefunded(O1, "r1", new Money(10.50m, "EUR"), true, At) },
        { "refund", "{}", new OrderRefunded(O1, "t1", null, false, At) },
        { "refund-request", "{}", new RefundRequested(O1, At) },
        { "contact", """{"conversationId":"c1"}""", new ContactMade("t1", new("c1"), Channel.Email, Direction.Inbound, Stage.PostSale, O1, true, null, At) { Reference = Personal.Clear("c1") } },
        { "answer", """{"conversationId":"c1"}""", new ContactAnswered("t1", new("c1"), Channel.Email, null, At) { Reference = Personal.Clear("c1") } },
        { "feedback", """{"kind":"nps","score":9}""", new FeedbackGiven("t1", FeedbackKind.Nps, 9, O1, Channel.Email, Stage.PostSale, null, At) },
        { "review", """{"stars":5,"productId":12345678901234567890}""", new ReviewPosted("t1", 5, O1, new("12345678901234567890"), Channel.Web, null, At) },
        { "complaint", "{}", new ComplaintOpened(new("t1"), O1, Channel.Email, null, At) },
        { "resolution", """{"complaintId":"k1"}""", new ComplaintResolved(new("k1"), null, At) { Reference = Personal.Clear("k1") } },
        { "mention", """{"sentiment":-0.5,"audience":1200}""", new MentionMade("t1", -0.5, 1200, Channel.Social, null, At) },
        { "referral", "{}", new ReferralMade("t1", At) },
        { "visit", "{}", new VisitMade("t1", Channel.Web, Stage.Information, At) },
        { "spam", "{}", new SpamReported("t1", Channel.Email, At) },
        { "bounce", "{}", new AddressRefused(Channel.Email, Personal.Clear("rosa@example.com")!, "reported as a bounce", At) },
        { "consent", """{"purpose":"marketing","given":true,"wording":"Yes please"}""", new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", Personal.Clear("Yes please"), At) },
        { "consent", """{"purpose":"marketing","given":false}""", new ConsentWithdrawn(Channel.Email, Purpose.Marketing, "api", At) },
    };

    [Theory]
    [MemberData(nameof(EveryType))]
    public void Every_type_has_its_fact(string type, string data, ICustomerEvent fact) =>
        Assert.Equal(fact, Assert.Single(Good(Item(type, data)).Facts, f => f is not CustomerDetailsLearned));

    [Fact]
    public void A_bounce_needs_the_address_and_does_not_make_it_the_customers()
    {
        Assert.IsType<AddressRefused>(Assert.Single(Good(Item("bounce", "{}")).Facts));
        using var nameless = JsonDocument.Parse("""{"id":"t1","type":"bounce","occurredAt":"2026-03-09T10:00:00Z","customer":{"visitorId":"v1"}}""");
        Assert.Equal(["/customer/email"], TouchpointReader.Read(nameless.RootElement, Arriving.Now).Errors.Select(e => e.Path));
    }

    [Fact]
    public void Every_type_of_the_schema_is_read_and_the_other_way_round()
    {
        using var schema = JsonDocument.Parse(TouchpointSchema.Json);
        var types = schema.RootElement.GetProperty("properties").GetProperty("type").GetProperty("enum").EnumerateArray().Select(t => t.GetString()!);
        Assert.Equal(TouchpointFacts.ByType.Keys.Order(StringComparer.Ordinal), types.Order(StringComparer.Ordinal));
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.RootElement.GetProperty("$schema").GetString());
    }

    [Theory]
    [InlineData("channel", typeof(Channel))]
    [InlineData("direction", typeof(Direction))]
    [InlineData("stage", typeof(Stage))]
    public void The_schema_has_the_words_of_the_domain(string field, Type words)
    {
        using var schema = JsonDocument.Parse(TouchpointSchema.Json);
        var listed = schema.RootElement.GetProperty("properties").GetProperty(field).GetProperty("enum").EnumerateArray().Select(t => t.GetString()!);
        Assert.Equal(Enum.GetNames(words).Select(JsonNamingPolicy.KebabCaseLower.ConvertName), listed);
    }

    [Fact]
    public void A_purchase_has_its_total_lines_and_promise()
    {
        var placed = Good(Item("purchase", """
            {"number":"#7","total":{"amount":24.80,"currency":"EUR"},"promisedBy":"2026-03-12","lines":[{"productId":93,"sku":"S","title":"Tea","quantity":2,"price":"12.40","category":"tea"},{"title":"Card","price":0}]}
            """)).Fact<OrderPlaced>();
        Assert.Equal(("#7", new Money(24.80m, "EUR"), new DateOnly(2026, 3, 12), At), (placed.Number, placed.Total, placed.PromisedBy, placed.Revision));
        Assert.Equal([new OrderLine(new("93"), "S", "Tea", 2, 12.40m, "tea"), new OrderLine(null, null, "Card", 1, 0m, null)], placed.Lines);
    }

    [Fact]
    public void A_purchase_has_the_address_by_which_quiet_hours_are_counted_and_whether_it_is_picked_up()
    {
        var contact = Good(Item("purchase", """{"total":{"amount":"1","currency":"EUR"},"pickUp":true,"address":{"country":"US","province":"AZ","postcode":"86040"}}""")).Fact<OrderContactGiven>();
        Assert.Equal(("US", "AZ", "86040", true), (contact.Country, contact.Province, contact.Postcode?.Value, contact.ForPickUp));
        Assert.Equal("rosa@example.com", contact.Email?.Value);
        Assert.NotNull(contact.PostcodeZones);

        using var nameless = JsonDocument.Parse("""{"id":"t1","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"O-1","data":{"total":{"amount":"1","currency":"EUR"},"address":{"country":"IT"}}}""");
        Assert.Equal("IT", TouchpointReader.Read(nameless.RootElement, Arriving.Now).Report!.Fact<OrderContactGiven>().Country);
        using var odd = JsonDocument.Parse("""{"id":"t1","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"O-1","data":{"total":{"amount":"1","currency":"EUR"},"pickUp":"yes","address":{"country":"Italy","province":"Arizona","postcode":7}}}""");
        Assert.Equal(["/data/address/country", "/data/address/postcode", "/data/address/province", "/data/pickUp"], TouchpointReader.Read(odd.RootElement, Arriving.Now).Errors.Select(e => e.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("email", null, null, true)]
    [InlineData("chat", null, null, true)]
    [InlineData("phone", null, null, false)]
    [InlineData("in-person", null, null, false)]
    [InlineData("phone", null, "true", true)]
    [InlineData("email", "outbound", null, false)]
    [InlineData("email", null, "false", false)]
    public void What_a_customer_writes_expects_an_answer(string channel, string? direction, string? said, bool waits)
    {
        var data = said is null ? "{}" : $$"""{"expectsAnswer":{{said}}}""";
        var way = direction is null ? "" : $"\"direction\":\"{direction}\",";
        Assert.Equal(waits, Good(Item("contact", data, $"{way}\"channel\":\"{channel}\",")).Fact<ContactMade>().ExpectsAnswer);
    }

    [Fact]
    public void All_identifiers_of_the_customer_come_in_order_of_precedence()
    {
        var report = Good("""
            {"id":"t1","type":"contact","occurredAt":"2026-03-09T11:00:00+01:00","orderId":727,"data":{"conversationId":"c1"},
             "customer":{"handle":"@rosa","visitorId":"v1","phone":"+39 333 555 0122","email":"Rosa@Example.com","shopCustomerId":25,"name":"Rosa Blu","language":"it","timeZone":"Europe/Rome","country":"IT"}}
            """);
        Assert.Equal(
            [
                new(IdentifierKind.Order, "727"), new(IdentifierKind.ShopCustomerId, "25"), new(IdentifierKind.Email, "Rosa@Example.com"), new(IdentifierKind.Phone, "+39 333 555 0122", "IT"),
                new(IdentifierKind.Visitor, "v1"), new(IdentifierKind.Handle, "@rosa"), new(IdentifierKind.Conversation, "c1"),
            ],
            report.Identifiers);
        var details = report.Fact<CustomerDetailsLearned>();
        Assert.Equal(("Rosa Blu", "it", "Europe/Rome", "IT", At), (details.Name?.Value, details.Language, details.TimeZone, details.Country, details.OccurredAt));
    }

    [Fact]
    public void The_order_of_the_fields_does_not_matter()
    {
        var one = Good("""{"id":"t1","type":"review","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example","name":"A"},"data":{"stars":4,"text":"ok"}}""");
        var two = Good("""{"data":{"text":"ok","stars":4},"customer":{"name":"A","email":"a@b.example"},"occurredAt":"2026-03-09T10:00:00Z","type":"review","id":"t1"}""");
        Assert.Equal(one.Identifiers, two.Identifiers);
        Assert.Equal(one.Facts, two.Facts);
    }

    [Fact]
    public void Unknown_fields_are_ignored() => Good(Item("visit", """{"page":"/lamps"}""", """ "\ud800":1,"x":{"\u0000":null},"""));

    private static string Item(string type, string data, string more = "") =>
        $$"""{{{more}}"id":"t1","type":"{{type}}","occurredAt":"2026-03-09T10:00:00Z","orderId":"O-1","customer":{"email":"rosa@example.com"},"data":{{data}} }""";

    private static Cx.Application.Intake.Report Good(string json)
    {
        using var document = JsonDocument.Parse(json);
        var (report, id, errors) = TouchpointReader.Read(document.RootElement, Arriving.Now);
        Assert.Empty(errors);
        Assert.Equal("t1", id);
        return report!;
    }
}
