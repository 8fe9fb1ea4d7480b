using System.Text.Json.Nodes;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.FollowUps.Webhook;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Cadences;

/// <summary>The alert about an unanswered question, from the shop's settings to what its webhook receives.</summary>
public sealed class OwedAnswerTests : IAsyncLifetime
{
    private readonly HandClock clock = new(StoreRig.Start);
    private readonly WebApplication receiver;
    private readonly List<(IHeaderDictionary Headers, byte[] Body)> got = [];

    public OwedAnswerTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        receiver = builder.Build();
        receiver.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            got.Add((new HeaderDictionary(context.Request.Headers.ToDictionary()), body.ToArray()));
        });
    }

    public Task InitializeAsync() => receiver.StartAsync();

    public async Task DisposeAsync() => await receiver.DisposeAsync();

    [Fact]
    public async Task The_shop_is_mailed_and_its_webhook_posted_before_the_target_passes_and_neither_names_the_person()
    {
        await using var host = await Host();
        var customer = await host.Report([(IdentifierKind.Email, "ada@example.com")], [Learned("ada@example.com"), Question(clock.GetUtcNow())]);

        await Advance(host, TimeSpan.FromHours(2.9));
        Assert.Empty(got);
        await Advance(host, TimeSpan.FromHours(0.2));

        var (headers, body) = Assert.Single(got);
        var (posted, secret) = (JsonNode.Parse(body)!, (string)(await host.Read($"api/shops/{ApiHost.Shop}/alert-secrets"))["secrets"]![0]!);
        Assert.Equal(StandardWebhookSignature.Sign(StandardWebhookSignature.Key(secret)!, headers["webhook-id"]!, clock.GetUtcNow(), body), headers["webhook-signature"]);
        Assert.Equal(
            ("answer.owed", customer.Value, "email", StoreRig.Start.AddHours(4)),
            ((string?)posted["type"], (string?)posted["data"]!["customer"], (string?)posted["data"]!["channel"], (DateTimeOffset)posted["data"]!["answerBy"]!));

        var mail = await Message(host, "email");
        Assert.Equal(("team@bottega.example", customer.Value), ((string?)mail["written"]!["to"], (string?)mail["customer"]));
        var text = (string)mail["written"]!["text"]! + posted.ToJsonString();
        Assert.All(new[] { "ada", "k-1", "t-1", "secret text" }, personal => Assert.DoesNotContain(personal, text, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(mail["written"]!["headers"]!.AsObject());
    }

    [Fact]
    public async Task An_answer_that_comes_before_the_alert_is_handed_over_stops_it()
    {
        await using var host = await Host();
        await host.Report([(IdentifierKind.Email, "ada@example.com")], [Learned("ada@example.com"), Question(clock.GetUtcNow())]);
        clock.Advance(TimeSpan.FromHours(3));
        await host.Get<Waker>().WakeDue(default);

        await host.Report([(IdentifierKind.Email, "ada@example.com")], [new ContactAnswered("a-1", new("t-1"), Channel.Email, null, clock.GetUtcNow())]);
        await Advance(host, TimeSpan.FromMinutes(1));

        Assert.Empty(got);
        Assert.All((await host.Read($"api/shops/{ApiHost.Shop}/messages"))["items"]!.AsArray(), m => Assert.Equal("withdrawn", (string?)m!["state"]));
    }

    private static ContactMade Question(DateTimeOffset at) =>
        new("k-1", new("t-1"), Channel.Email, Direction.Inbound, Stage.Information, null, true, Cx.Domain.Privacy.Personal.Clear("secret text"), at);

    private static async Task<JsonNode> Message(ApiHost host, string channel)
    {
        var listed = (await host.Read($"api/shops/{ApiHost.Shop}/messages"))["items"]!.AsArray().Single(m => (string?)m!["channel"] == channel)!;
        return await host.Read($"api/shops/{ApiHost.Shop}/messages/{listed["id"]}");
    }

    private async Task Advance(ApiHost host, TimeSpan time)
    {
        clock.Advance(time);
        await host.Get<Waker>().WakeDue(default);
        await host.Get<OutboxSender>().SendDue(default);
        await host.Get<OutboxSender>().Settle(default);
    }

    private async Task<ApiHost> Host()
    {
        var always = Enum.GetNames<DayOfWeek>().ToDictionary(d => d.ToLowerInvariant(), _ => new[] { "00:00-24:00" });
        var host = await ApiHost.StartWithShop(clock, settings: new
        {
            name = "Bottega",
            timeZone = "Europe/Rome",
            languages = new[] { "it" },
            alertEmail = "team@bottega.example",
            alertUrl = receiver.Urls.First() + "/alerts",
            businessHours = new { week = always },
        });
        await host.Put($"api/shops/{ApiHost.Shop}/sending", new { sending = "on" });
        (await host.Post($"api/shops/{ApiHost.Shop}/cadences/owed-answer/publish", new { running = "stay" })).EnsureSuccessStatusCode();
        host.Get<InstanceLease>().Start();
        return host;
    }
}
