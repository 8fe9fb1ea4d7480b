using System.Text.Json;
using Cx.Application.Intake.Sources;

namespace Cx.Tests.Intake.Sources;

public class TouchpointErrorTests
{
    [Theory]
    [InlineData("""[]""", "")]
    [InlineData("""{"id":"t","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/type")]
    [InlineData("""{"type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/id")]
    [InlineData("""{"id":"t","type":"dance","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/type")]
    [InlineData("""{"id":"t","type":"Visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/type")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00","customer":{"email":"a@b.example"}}""", "/occurredAt")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-02-30T10:00:00Z","customer":{"email":"a@b.example"}}""", "/occurredAt")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-11T12:00:01Z","customer":{"email":"a@b.example"}}""", "/occurredAt")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"0001-01-01T00:00:00Z","customer":{"email":"a@b.example"}}""", "/occurredAt")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":1741514400,"customer":{"email":"a@b.example"}}""", "/occurredAt")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z"}""", "/customer")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":"rosa"}""", "/customer")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"rosa"}}""", "/customer/email")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"phone":"call me"}}""", "/customer/phone")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example","name":"a\u0000b"}}""", "/customer/name")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example","timeZone":"Mars/Base"}}""", "/customer/timeZone")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"channel":"Web"}""", "/channel")]
    [InlineData("""{"id":"t","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":[]}""", "/data")]
    [InlineData("""{"id":"t\u0000","type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/id")]
    [InlineData("""{"id":"t","type":"payment","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/orderId")]
    [InlineData("""{"id":"t","type":"feedback","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":{"kind":"csat","score":0}}""", "/data/score")]
    [InlineData("""{"id":"t","type":"feedback","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":{"score":10}}""", "/data/kind")]
    [InlineData("""{"id":"t","type":"review","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":{"stars":4.5}}""", "/data/stars")]
    [InlineData("""{"id":"t","type":"mention","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":{"sentiment":1.01}}""", "/data/sentiment")]
    [InlineData("""{"id":"t","type":"mention","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":{"sentiment":0,"audience":9223372036854775808}}""", "/data/audience")]
    [InlineData("""{"id":"t","type":"resolution","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"}}""", "/data/complaintId")]
    [InlineData("""{"id":"t","type":"consent","occurredAt":"2026-03-09T10:00:00Z","customer":{"email":"a@b.example"},"data":{"purpose":"marketing","given":"yes"}}""", "/data/given")]
    [InlineData("""{"id":"t","type":"refund","occurredAt":"2026-03-09T10:00:00Z","orderId":"1","data":{"amount":"1"}}""", "/data/currency")]
    [InlineData("""{"id":"t","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"1"}""", "/data/total")]
    [InlineData("""{"id":"t","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"1","data":{"total":{"currency":"EUR"}}}""", "/data/total/amount")]
    [InlineData("""{"id":"t","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"1","data":{"total":{"amount":1e400,"currency":"EUR"}}}""", "/data/total/amount")]
    [InlineData("""{"id":"t","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"1","data":{"total":{"amount":"123456789012345678901234567890","currency":"EUR"}}}""", "/data/total/amount")]
    [InlineData("""{"id":"t","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"1","data":{"total":{"amount":1,"currency":"eur"}}}""", "/data/total/currency")]
    [InlineData("""{"id":"t","type":"purchase","occurredAt":"2026-03-09T10:00:00Z","orderId":"1","data":{"total":{"amount":1,"currency":"EUR"},"lines":[{"title":"x","price":1},{"title":"y"}]}}""", "/data/lines/1/price")]
    public void One_mistake_is_one_error_at_its_place(string json, string path) => Assert.Equal(path, Assert.Single(Errors(json)).Path);

    [Fact]
    public void All_mistakes_are_reported_at_once() => Assert.Equal(
        ["/channel", "/customer/email", "/data/kind", "/data/score", "/occurredAt"],
        Errors("""{"id":"t","type":"feedback","channel":"telegraph","customer":{"email":"no"},"data":{"kind":"stars","score":77}}""").Select(e => e.Path).Order(StringComparer.Ordinal));

    [Fact]
    public void No_message_holds_the_value() => Assert.DoesNotContain(
        "rosa",
        string.Join(";", Errors("""{"id":"t","type":"rosa","channel":"rosa","occurredAt":"rosa","customer":{"email":"rosa","phone":"rosa","language":"rosa rosa"}}""")),
        StringComparison.Ordinal);

    [Fact]
    public void An_order_or_a_conversation_identifies_the_customer_too()
    {
        Assert.Empty(Errors("""{"id":"t","type":"delivery","occurredAt":"2026-03-09T10:00:00Z","orderId":"1"}"""));
        Assert.Empty(Errors("""{"id":"t","type":"answer","occurredAt":"2026-03-09T10:00:00Z","data":{"conversationId":"c"}}"""));
    }

    [Fact]
    public void An_id_may_come_from_the_delivery()
    {
        using var document = JsonDocument.Parse("""{"type":"visit","occurredAt":"2026-03-09T10:00:00Z","customer":{"visitorId":"v"}}""");
        Assert.Equal("key/3", TouchpointReader.Read(document.RootElement, Arriving.Now, "key/3").Id);
    }

    private static IReadOnlyList<TouchpointError> Errors(string json)
    {
        using var document = JsonDocument.Parse(json);
        var (report, _, errors) = TouchpointReader.Read(document.RootElement, Arriving.Now);
        Assert.Equal(errors.Count > 0, report is null);
        return errors;
    }
}
