using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>The main job: a signed webhook leads to a message that is really sent, explained, and stopped when the customer objects.</summary>
public sealed class FollowUpTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task Eight_days_after_delivery_the_review_request_is_sent_once_and_why_explains_it()
    {
        using var shop = await running.Open("review");
        var email = "giulia@review.example";
        await Deliver(shop, email, 701);
        await shop.Advance("P8D");

        var step = Step(await shop.Get($"{await shop.PathOf(email)}/follow-ups"), "review-request");
        Assert.Equal("sent", (string)step.Step["status"]!);
        var why = await shop.Get($"/follow-ups/{step.FollowUp}/steps/review-request/why");
        Assert.Equal(("shopify", "orders/create"), ((string)why["delivery"]!["source"]!, (string)why["delivery"]!["topic"]!));
        Assert.Equal(("order-placed.v1", "post-sale", 1), ((string)why["trigger"]!["type"]!, (string)why["cadence"]!["slug"]!, (int)why["cadence"]!["version"]!));
        var queued = Assert.Single(why["decisions"]!.AsArray(), d => (string)d!["outcome"]! == "queued")!;
        Assert.All(queued["checks"]!.AsArray(), c => Assert.True((bool)c!["passed"]!));
        Assert.Contains(queued["checks"]!.AsArray(), c => ((string)c!["policy"]!).Contains("consent", StringComparison.OrdinalIgnoreCase));
        Assert.NotEmpty(why["summary"]!.AsArray());

        var message = await shop.Get($"/messages/{step.Step["message"]}");
        Assert.Equal(("accepted", "review-request", 1), ((string)message["state"]!, (string)message["template"]!, (int)message["attempts"]!));
        var headers = message["written"]!["headers"]!;
        Assert.Equal("List-Unsubscribe=One-Click", (string)headers["List-Unsubscribe-Post"]!);
        Assert.StartsWith($"<{Installation.PublicUrl}u/", (string)headers["List-Unsubscribe"]!, StringComparison.Ordinal);

        var mail = Assert.Single(running.Smtp.Mails, m => m.To.Contains(email) && m.Subject == (string)message["written"]!["subject"]!);
        Assert.Equal((string)headers["List-Unsubscribe"]!, mail.Headers["List-Unsubscribe"]);
        Assert.Equal((await shop.All("/messages?state=accepted")).Count, running.Smtp.Mails.Count(m => m.To.Contains(email)));
        Assert.Contains("https://bottega.example/review", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_click_unsubscribes_and_opening_the_page_does_not()
    {
        using var shop = await running.Open("one-click");
        var email = "giulia@one-click.example";
        await Deliver(shop, email, 801);
        await shop.Advance("P8D");
        var link = running.Smtp.Mails.Last(m => m.To.Contains(email)).Headers["List-Unsubscribe"].Trim('<', '>')[Installation.PublicUrl.Length..];

        var page = await shop.Stranger.GetAsync(link);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.True(await Consents(shop, email));

        var broken = await shop.Stranger.PostAsync($"{link[..^2]}xx", null);
        Assert.Equal(HttpStatusCode.NotFound, broken.StatusCode);
        Assert.True(await Consents(shop, email));

        for (var i = 0; i < 2; i++)
        {
            var click = await shop.Stranger.PostAsync(link, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]));
            Assert.Equal(HttpStatusCode.OK, click.StatusCode);
        }

        Assert.False(await Consents(shop, email));
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "consent-withdrawn.v1"));
        var sent = running.Smtp.Mails.Count(m => m.To.Contains(email));
        await shop.Advance("P60D");
        Assert.Equal(sent, running.Smtp.Mails.Count(m => m.To.Contains(email)));
        var followUps = await shop.Get($"{await shop.PathOf(email)}/follow-ups");
        Assert.All(["review-reminder", "related-offer"], name => Assert.Equal(("skipped", "objected"), Outcome(Step(followUps, name).Step)));
    }

    [Fact]
    public async Task An_open_complaint_holds_the_review_request_until_it_is_resolved()
    {
        using var shop = await running.Open("complaint");
        var email = "giulia@complaint.example";
        await Deliver(shop, email, 951);
        var path = await shop.PathOf(email);
        var opened = await shop.Post($"{path}/complaints", new { channel = "phone", orderId = "951", text = "It flickers" });
        await shop.Advance("P9D");
        var held = Step(await shop.Get($"{path}/follow-ups"), "review-request");
        Assert.Equal(("held", "open-complaint"), Outcome(held.Step));
        var why = await shop.Get($"/follow-ups/{held.FollowUp}/steps/review-request/why");
        Assert.Contains(why["decisions"]!.AsArray(), d => (string)d!["outcome"]! == "held" && d["checks"]!.AsArray().Any(c => !(bool)c!["passed"]!));

        await shop.Post($"{path}/complaints/{opened["id"]}/resolve", new { text = "Replaced" });
        await shop.Advance("P1D");

        var sent = Step(await shop.Get($"{path}/follow-ups"), "review-request").Step;
        Assert.Equal("sent", (string)sent["status"]!);
        var rome = TimeZoneInfo.ConvertTime(sent["sentAt"]!.GetValue<DateTimeOffset>(), TimeZoneInfo.FindSystemTimeZoneById("Europe/Rome"));
        Assert.InRange(rome.Hour, 8, 20);       // no marketing in the quiet hours
    }

    [Fact]
    public async Task A_shop_whose_sending_is_off_sends_nothing_and_says_why()
    {
        using var shop = await running.Open("silent", sending: "off");
        var email = "giulia@silent.example";
        await Deliver(shop, email, 901);
        await shop.Advance("P40D");

        Assert.DoesNotContain(running.Smtp.Mails, m => m.To.Contains(email));
        Assert.Empty(await shop.All("/messages"));
        var steps = (await shop.Get($"{await shop.PathOf(email)}/follow-ups"))["items"]![0]!["steps"]!.AsArray();
        Assert.All(steps, s => Assert.Equal("skipped", (string)s!["status"]!));
    }

    internal static async Task Deliver(Shop shop, string email, long order)
    {
        var now = await shop.Now();
        foreach (var answer in new[]
        {
            await shop.Shopify("orders/create", $"{order}-1", Payloads.Order(order, email, now.AddHours(-1))),
            await shop.Shopify("fulfillments/create", $"{order}-2", Payloads.Fulfilment(order, now.AddMinutes(-50))),
            await shop.Shopify("fulfillment_events/create", $"{order}-3", Payloads.Delivered(order, now.AddMinutes(-10))),
        })
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private static (string FollowUp, JsonNode Step) Step(JsonNode followUps, string name)
    {
        var followUp = Assert.Single(followUps["items"]!.AsArray())!;
        return ((string)followUp["id"]!, Assert.Single(followUp["steps"]!.AsArray(), s => (string)s!["step"]! == name)!);
    }

    private static (string, string?) Outcome(JsonNode step) => ((string)step["status"]!, (string?)step["reason"]);

    private static async Task<bool> Consents(Shop shop, string email) => (bool)Assert.Single((await shop.Find(email))["consents"]!.AsArray())!["given"]!;
}
