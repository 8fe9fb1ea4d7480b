using System.Net;
using System.Text.Json;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;

namespace Cx.Tests.FollowUps.Explanations;

public sealed class ReadingTests : IAsyncLifetime
{
    private const string Shop = "api/shops/bottega";

    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Noon);
    private readonly MailServer smtp = MailServer.Start();
    private Site site = null!;
    private FollowUpApi api = null!;
    private CustomerId ada;

    [Fact]
    public async Task Follow_ups_show_every_step_with_what_it_waits_for()
    {
        await Thanked();

        var followUp = (await api.Get($"{Shop}/customers/{ada}/follow-ups")).GetProperty("items")[0];

        Assert.Equal("post-sale", followUp.GetProperty("cadence").GetString());
        var steps = followUp.GetProperty("steps").EnumerateArray().ToDictionary(s => s.GetProperty("step").GetString()!);
        Assert.Equal(["thank-you", "review-request", "review-reminder", "related-offer"], steps.Keys);
        Assert.Equal("sent", steps["thank-you"].GetProperty("status").GetString());
        Assert.Equal("pending", steps["review-request"].GetProperty("status").GetString());
        Assert.Equal("2026-03-09T11:00:00Z", steps["review-request"].GetProperty("due").GetString());
    }

    [Fact]
    public async Task Why_tells_the_chain_from_the_delivery_to_the_answer()
    {
        await Thanked();
        var why = await api.Get($"{Shop}/follow-ups/{await FollowUp()}/steps/thank-you/why");

        Assert.Equal(("test-shop", "orders/create"), (why.GetProperty("delivery").GetProperty("source").GetString(), why.GetProperty("delivery").GetProperty("topic").GetString()));
        Assert.Equal("order-placed.v1", why.GetProperty("trigger").GetProperty("type").GetString());
        Assert.Equal(("post-sale", 1), (why.GetProperty("cadence").GetProperty("slug").GetString(), why.GetProperty("cadence").GetProperty("version").GetInt32()));
        var decision = Assert.Single(why.GetProperty("decisions").EnumerateArray().ToList());
        Assert.Equal("queued", decision.GetProperty("outcome").GetString());
        var checks = decision.GetProperty("checks").EnumerateArray().ToList();
        Assert.True(checks.Count > 10);
        Assert.All(checks, c => Assert.True(c.GetProperty("passed").GetBoolean() && c.GetProperty("saw").GetString()!.Length > 0));
        Assert.Equal(["message-queued.v1", "message-attempted.v1", "message-accepted.v1"], why.GetProperty("messages")[0].GetProperty("events").EnumerateArray().Select(e => e.GetProperty("type").GetString()!));
        var summary = string.Join('\n', why.GetProperty("summary").EnumerateArray().Select(s => s.GetString()));
        Assert.Contains("test-shop delivered 'orders/create'", summary, StringComparison.Ordinal);
        Assert.Contains("the receiver took it: 250 2.0.0 queued as 4711", summary, StringComparison.Ordinal);
        Assert.Contains(checks, c => c.GetProperty("text").GetString() == "A transactional message needs no consent.");

        api.Http.DefaultRequestHeaders.AcceptLanguage.Clear();
        var italian = await api.Get($"{Shop}/follow-ups/{await FollowUp()}/steps/thank-you/why");
        Assert.Equal("it", italian.GetProperty("language").GetString());
        Assert.Contains("Il 2 marzo 2026 alle 12:00 test-shop ha consegnato 'orders/create'.", italian.GetProperty("summary").EnumerateArray().Select(s => s.GetString()));
        Assert.Contains(italian.GetProperty("decisions")[0].GetProperty("checks").EnumerateArray(), c => c.GetProperty("text").GetString() == "Un messaggio transazionale non richiede consenso.");
    }

    [Fact]
    public async Task Why_tells_what_a_held_step_waits_for()
    {
        await Thanked();
        await site.Record("ada", new ComplaintOpened(new("k-1"), null, Channel.Email, null, clock.GetUtcNow()));
        clock.Advance(TimeSpan.FromDays(8));
        await site.Waker.WakeDue(CancellationToken.None);

        var why = await api.Get($"{Shop}/follow-ups/{await FollowUp()}/steps/review-request/why");

        Assert.Equal(("held", "open-complaint"), (why.GetProperty("decisions")[0].GetProperty("outcome").GetString(), why.GetProperty("decisions")[0].GetProperty("reason").GetString()));
        Assert.Contains("it was held: a complaint is open, until ", why.GetProperty("summary").EnumerateArray().Last().GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_reads_back_as_it_was_handed_over()
    {
        await Thanked();
        var list = await api.Get($"{Shop}/messages?state=accepted");
        var id = list.GetProperty("items")[0].GetProperty("id").GetString();

        var message = await api.Get($"{Shop}/messages/{id}");

        Assert.Equal(1, list.GetProperty("items").GetArrayLength());
        Assert.All(["followUp", "step", "template", "channel", "category", "order"], name => Assert.Equal(message.GetProperty(name).GetString(), list.GetProperty("items")[0].GetProperty(name).GetString()));
        Assert.Equal(("thank-you", "order-ada"), (message.GetProperty("step").GetString(), message.GetProperty("order").GetString()));
        Assert.Equal(JsonValueKind.Null, list.GetProperty("next").ValueKind);
        Assert.Equal("accepted", message.GetProperty("state").GetString());
        var written = message.GetProperty("written");
        Assert.True(written.GetProperty("handedOver").GetBoolean());
        Assert.Equal(smtp.Mails[0].Subject, written.GetProperty("subject").GetString());
        Assert.Equal("ada@customer.example", written.GetProperty("to").GetString());
        Assert.Equal(3, message.GetProperty("history").GetArrayLength());
        Assert.Empty((await api.Get($"{Shop}/messages?state=in-doubt")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Messages_come_in_pages_newest_first()
    {
        for (var i = 0; i < 5; i++)
        {
            await site.Buyer($"c{i}");
            await site.Waker.WakeDue(CancellationToken.None);
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        var (seen, next) = (new List<string>(), "");
        do
        {
            var page = await api.Get($"{Shop}/messages?limit=2{(next.Length > 0 ? $"&cursor={next}" : "")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(m => m.GetProperty("queuedAt").GetString()!));
            next = page.GetProperty("next").GetString() ?? "";
        }
        while (next.Length > 0);

        Assert.Equal(6, seen.Distinct().Count() + 1);       // ada's has the instant of the first
        Assert.Equal(6, seen.Count);
        Assert.Equal(seen.OrderDescending(), seen);
    }

    [Fact]
    public async Task Only_a_message_in_doubt_can_be_settled()
    {
        smtp.CloseAfterBody = true;
        await Thanked();
        var id = (await api.Get($"{Shop}/messages?state=in-doubt")).GetProperty("items")[0].GetProperty("id").GetString();

        var (missing, _) = await api.Post($"{Shop}/messages/{id}/settle", "{}");
        var (settled, message) = await api.Post($"{Shop}/messages/{id}/settle", """{"delivered": true}""");
        var (again, _) = await api.Post($"{Shop}/messages/{id}/settle", """{"delivered": true}""");
        var (refused, problem) = await api.Post($"{Shop}/messages/{id}/settle", """{"delivered": false}""");

        Assert.Equal((400, 200, 200, 409), (missing, settled, again, refused));
        Assert.Equal("accepted", message.GetProperty("state").GetString());
        Assert.Equal("message-not-in-doubt", problem.GetProperty("code").GetString());
        Assert.Single(smtp.Mails);
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        foreach (var path in new[] { "messages/m0", "follow-ups/f0/steps/x/why", "customers/c0/follow-ups", $"follow-ups/{await FollowUp()}/steps/x/why" })
        {
            using var answer = await api.Http.GetAsync(new Uri($"{Shop}/{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Another_shop_cannot_read_them()
    {
        await Thanked();
        using var answer = await api.Http.GetAsync(new Uri($"api/shops/other/follow-ups/{await FollowUp()}/steps/thank-you/why", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty((await api.Get("api/shops/other/messages")).GetProperty("items").EnumerateArray());
    }

    public async Task InitializeAsync()
    {
        site = Site.On(await Database.Prepared(), InstallationKeys.Generate(), clock, KillTests.Smtp(smtp));
        await site.OpenShop();
        ada = await site.Buyer("ada");
        api = await FollowUpApi.Open(site);
    }

    public async Task DisposeAsync()
    {
        await api.DisposeAsync();
        await site.DisposeAsync();
        await smtp.DisposeAsync();
    }

    private async Task Thanked()
    {
        await site.Record("ada", new OrderDelivered(new("order-ada"), null, clock.GetUtcNow()));
        await site.Waker.WakeDue(CancellationToken.None);
        await site.Turn();
    }

    private async Task<FollowUpId> FollowUp() => (await site.Customer(ada)).FollowUps.Keys.Single();
}
