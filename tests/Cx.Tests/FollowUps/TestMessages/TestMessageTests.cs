using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.TestMessages;
using Cx.Application.FollowUps.Webhook;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.EventStore;
using Cx.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SmtpServer.Protocol;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.TestMessages;

/// <summary>One step's message to an address of the shop's own, by the senders that messages go to.</summary>
public sealed partial class TestMessageTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}";
    private const string Own = "marta@bottega-prova.it";

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task It_is_marked_goes_to_the_shop_alone_and_leaves_no_trace_with_the_customer()
    {
        await using var relay = MailServer.Start();
        await using var host = await Start(relay);
        var ada = await host.Report([(IdentifierKind.Email, "ada@example.com"), (IdentifierKind.Order, "o-1")], [Learned("ada@example.com", name: "Ada Lovelace"), Placed("o-1")]);
        var (log, messages) = (await Recorded(host, ada), (await host.Read($"{Path}/messages")).ToJsonString());

        var sent = await Tested(host, "review-request", new { to = " Marta@Bottega-prova.it ", customer = ada.Value });

        Assert.Equal(("accepted", "smtp", "it"), ((string)sent["state"]!, (string)sent["sender"]!, (string)sent["language"]!));
        var mail = Assert.Single(relay.Mails);
        Assert.Equal(["Marta@Bottega-prova.it"], mail.To);
        Assert.StartsWith("[Test] ", mail.Subject, StringComparison.Ordinal);
        Assert.Equal((string)sent["subject"]!, mail.Subject);
        Assert.Equal(("post-sale/review-request", $"<{sent["id"]}@bottega-prova.it>"), (mail.Headers[TestSender.Header], mail.MessageId));
        Assert.Contains("#o-1", mail.Text, StringComparison.Ordinal);
        Assert.Equal((log, messages), (await Recorded(host, ada), (await host.Read($"{Path}/messages")).ToJsonString()));
        var audit = (await host.Read($"{Path}/audit?action=test-sent"))["items"]!.AsArray();
        Assert.Equal((ada.Value, "installation", "testStep"), ((string)audit.Single()!["customer"]!, (string)audit[0]!["by"]!["id"]!, (string)audit[0]!["request"]!));
    }

    [Fact]
    public async Task Its_link_unsubscribes_nobody()
    {
        await using var relay = MailServer.Start();
        await using var host = await Start(relay);
        var ada = await host.Report([(IdentifierKind.Email, Own)], [Learned(Own)]);
        var log = await Recorded(host, ada);

        await Tested(host, "review-request", new { to = Own, customer = ada.Value, language = "en" });
        await Tested(host, "thank-you", new { to = Own });

        var (marketing, transactional) = (relay.Mails[0], relay.Mails[1]);
        Assert.DoesNotContain("List-Unsubscribe", transactional.Headers.Keys);
        Assert.Equal("List-Unsubscribe=One-Click", marketing.Headers["List-Unsubscribe-Post"]);
        var token = Token().Match(marketing.Headers["List-Unsubscribe"]).Groups[1].Value;
        Assert.Contains(token, marketing.Text, StringComparison.Ordinal);
        var (asked, posted) = (await host.Client.GetAsync($"u/{token}"), await host.Client.PostAsync($"u/{token}", null));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (asked.StatusCode, posted.StatusCode));
        Assert.Contains("non disiscrive nessuno", await posted.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("<form", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(log, await Recorded(host, ada));
        Assert.Equal(0L, (await host.Database.Rows("select count(*) from cx_suppressions", r => r.GetInt64(0), default))[0]);
    }

    [Fact]
    public async Task Nobody_but_the_shop_is_written_to_and_what_cannot_be_sent_is_refused_with_the_remedy()
    {
        await using var relay = MailServer.Start();
        await using var host = await Start(relay);
        var ada = await host.Report([(IdentifierKind.Email, "ada@example.com")], [Learned("ada@example.com")]);

        var stranger = await host.Post($"{Path}/cadences/post-sale/steps/thank-you/test", new { to = "ada@example.com", customer = ada.Value });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, stranger.StatusCode);
        var problem = await stranger.Json();
        Assert.Equal("not-a-test-address", (string)problem["code"]!);
        Assert.Contains("testAddresses", (string)problem["errors"]![0]!["hint"]!, StringComparison.Ordinal);
        Assert.Equal((422, "invalid-test"), await Refused("post-sale/steps/thank-you", new { to = "nobody" }));
        Assert.Equal((422, "invalid-test"), await Refused("post-sale/steps/thank-you", new { language = "it" }));
        Assert.Equal((404, "unknown-cadence"), await Refused("nothing/steps/thank-you", new { to = Own }));
        Assert.Equal((404, "unknown-step"), await Refused("post-sale/steps/nothing", new { to = Own }));
        Assert.Equal((404, "unknown-customer"), await Refused("post-sale/steps/thank-you", new { to = Own, customer = "c0" }));
        Assert.Equal((409, "no-draft"), await Refused("post-sale/steps/thank-you", new { to = Own, draft = true }));
        Assert.Equal((409, "no-version"), await Refused("win-back/steps/win-back", new { to = Own }));
        await host.Client.DeleteAsync($"{Path}/customers/{ada}");
        Assert.Equal((410, "customer-erased"), await Refused("post-sale/steps/thank-you", new { to = Own, customer = ada.Value }));
        Assert.Equal(0, relay.Count);
        Assert.Empty((await host.Read($"{Path}/audit?action=test-sent"))["items"]!.AsArray());

        async Task<(int, string)> Refused(string step, object body)
        {
            var answer = await host.Post($"{Path}/cadences/{step}/test", body);
            return ((int)answer.StatusCode, await answer.Code());
        }
    }

    [Fact]
    public async Task A_draft_is_tried_before_it_is_published_and_a_relay_that_refuses_is_told()
    {
        await using var relay = MailServer.Start();
        await using var host = await Start(relay);
        var draft = (await host.Read($"{Path}/cadences/win-back"))["draft"]!;
        var step = (string)draft["steps"]!.AsArray().First(s => (string?)s!["channel"] == "email")!["id"]!;

        Assert.Equal("accepted", (string)(await Tested(host, step, new { to = Own, draft = true }, "win-back"))["state"]!);
        relay.NoToRecipient = new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "no such person");
        var refused = await Tested(host, step, new { to = Own, draft = true }, "win-back");

        Assert.Equal("refused", (string)refused["state"]!);
        Assert.Contains("550", (string)refused["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task So_many_an_hour_and_no_more()
    {
        await using var relay = MailServer.Start();
        await using var host = await Start(relay);

        var answers = await Task.WhenAll(Enumerable.Range(0, TestSender.MostAnHour + 5).Select(_ => host.Post($"{Path}/cadences/post-sale/steps/thank-you/test", new { to = Own })));

        Assert.Equal((TestSender.MostAnHour, 5), (answers.Count(a => a.StatusCode == HttpStatusCode.OK), answers.Count(a => a.StatusCode == HttpStatusCode.TooManyRequests)));
        Assert.NotNull(answers.First(a => a.StatusCode == HttpStatusCode.TooManyRequests).Headers.RetryAfter);
        Assert.Equal(TestSender.MostAnHour, relay.Count);
        clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("accepted", (string)(await Tested(host, "thank-you", new { to = Own }))["state"]!);
    }

    [Fact]
    public async Task Without_a_sender_it_says_which_settings_make_one()
    {
        await using var host = await ApiHost.Start(clock);
        await Configure(host);

        var answer = await host.Post($"{Path}/cadences/post-sale/steps/thank-you/test", new { to = Own });

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var problem = await answer.Json();
        Assert.Equal("no-sender", (string)problem["code"]!);
        Assert.Contains("Cx__Smtp__Host", (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_gets_it_as_it_gets_every_message()
    {
        var got = new TaskCompletionSource<string>();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var receiver = builder.Build();
        receiver.Run(async context => got.TrySetResult(await new StreamReader(context.Request.Body).ReadToEndAsync()));
        await receiver.StartAsync();
        var options = new WebhookOptions { Url = new($"{receiver.Urls.First()}/mail"), Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
        await using var host = await ApiHost.Start(clock, further: services => services.AddSingleton(Options.Create(options)).AddSingleton(Messages(SenderKind.Webhook)));
        await Configure(host);

        var sent = await Tested(host, "review-request", new { to = Own });

        Assert.Equal(("accepted", "webhook"), ((string)sent["state"]!, (string)sent["sender"]!));
        Assert.Contains("[Test] ", await got.Task, StringComparison.Ordinal);
        Assert.Contains("X-Cx-Test", await got.Task, StringComparison.Ordinal);
    }

    private async Task<ApiHost> Start(MailServer relay)
    {
        var smtp = new SmtpOptions { Host = "127.0.0.1", Port = relay.Port, Security = SmtpSecurity.None, FromAddress = "ciao@bottega-prova.it" };
        var host = await ApiHost.Start(clock, further: services => services.AddSingleton(Options.Create(smtp)).AddSingleton(Messages(SenderKind.Smtp)));
        await Configure(host);
        return host;
    }

    private static MessageOptions Messages(SenderKind sender) => new() { Sender = sender, FromAddress = "ciao@bottega-prova.it", PublicUrl = new("https://cx.example") };

    // Sending stays off: a test needs no switch.
    private static async Task Configure(ApiHost host) => (await host.Put(
        Path, new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it", "en" }, testAddresses = new[] { Own } })).EnsureSuccessStatusCode();

    private static async Task<JsonNode> Tested(ApiHost host, string step, object body, string cadence = "post-sale")
    {
        var answer = await host.Post($"{Path}/cadences/{cadence}/steps/{step}/test", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static async Task<int> Recorded(ApiHost host, CustomerId customer) =>
        await host.Get<IEventStore>().Read(new(ApiHost.Shop), [CustomerStream.Of(customer)], AsOf.Now, default).CountAsync();

    [GeneratedRegex("/u/([^>]+)>")]
    private static partial Regex Token();
}
