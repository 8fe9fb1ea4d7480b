using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Cx.Application.Configuration;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Webhook;
using Cx.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using static Cx.Tests.FollowUps.Email.Samples;

namespace Cx.Tests.FollowUps.Webhook;

public sealed class WebhookSenderTests : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly WebApplication receiver;
    private readonly List<(IHeaderDictionary Headers, byte[] Body)> got = [];
    private readonly TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RequestDelegate answer = _ => Task.CompletedTask;

    public WebhookSenderTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        receiver = builder.Build();
        receiver.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            got.Add((new HeaderDictionary(context.Request.Headers.ToDictionary()), body.ToArray()));
            arrived.TrySetResult();
            await answer(context);
        });
    }

    public Task InitializeAsync() => receiver.StartAsync();

    public async Task DisposeAsync() => await receiver.DisposeAsync();

    [Fact]
    public async Task The_signature_is_the_one_of_the_specification()
    {
        // The example of the Standard Webhooks specification and its libraries.
        var key = StandardWebhookSignature.Key(Secret)!;
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", StandardWebhookSignature.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), "{\"test\": 2432232314}"u8));

        Assert.Equal(new SendResult.Accepted("200"), await Send());

        var (headers, body) = Assert.Single(got);
        Assert.Equal("key-1", headers["webhook-id"]);
        Assert.Equal(Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), headers["webhook-timestamp"]);
        Assert.Equal(StandardWebhookSignature.Sign(key, "key-1", Now, body), headers["webhook-signature"]);
        Assert.Equal("application/json", headers.ContentType);
        var data = JsonDocument.Parse(body).RootElement.GetProperty("data");
        Assert.Equal("zoe@customer.example", data.GetProperty("to").GetString());
        Assert.Equal("01JD0ABC", data.GetProperty("messageId").GetString());
        Assert.Equal("<https://cx.example/u/token>", data.GetProperty("headers").GetProperty("List-Unsubscribe").GetString());
    }

    [Fact]
    public async Task While_secrets_change_both_sign()
    {
        var second = "whsec_" + Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('k', 32)));

        await Send(o => o with { SecondSecret = second });

        var signatures = got[0].Headers["webhook-signature"].ToString().Split(' ');
        Assert.Equal([Secret, second], new[] { Secret, second }.Where((s, i) => signatures[i] == StandardWebhookSignature.Sign(StandardWebhookSignature.Key(s)!, "key-1", Now, got[0].Body)));
    }

    [Fact]
    public async Task A_repeated_attempt_carries_the_same_id_and_body()
    {
        await Send();
        await Send();

        Assert.Equal(got[0].Body, got[1].Body);
        Assert.Equal(got[0].Headers["webhook-id"], got[1].Headers["webhook-id"]);
    }

    [Theory]
    [InlineData(204, typeof(SendResult.Accepted))]
    [InlineData(302, typeof(SendResult.Failed))]
    [InlineData(400, typeof(SendResult.Refused))]
    [InlineData(410, typeof(SendResult.Refused))]
    [InlineData(408, typeof(SendResult.Failed))]
    [InlineData(409, typeof(SendResult.Failed))]
    [InlineData(425, typeof(SendResult.Failed))]
    [InlineData(429, typeof(SendResult.Failed))]
    [InlineData(500, typeof(SendResult.Failed))]
    public async Task The_status_decides(int status, Type expected)
    {
        answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };

        Assert.IsType(expected, await Send());
        Assert.Single(got);                                     // a redirect was not followed
    }

    [Fact]
    public async Task A_receiver_that_says_nothing_is_tried_again()
    {
        answer = context => new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        var clock = new HandClock(Now);
        var sending = Send(clock: clock);
        await arrived.Task;

        clock.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(new SendResult.Failed("No answer in time."), await sending);
    }

    [Fact]
    public async Task A_receiver_that_breaks_off_is_tried_again()
    {
        answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        Assert.IsType<SendResult.Failed>(await Send());
    }

    [Fact]
    public async Task Nobody_listening_is_tried_again()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        Assert.IsType<SendResult.Failed>(await Send(o => o with { Url = new($"http://127.0.0.1:{port}/") }));
    }

    [Theory]
    [InlineData("file:///etc/passwd", Secret, "Url")]
    [InlineData("ftp://a.example/", Secret, "Url")]
    [InlineData("https://u:p@a.example/", Secret, "Url")]
    [InlineData("https://a.example/", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "Secret")]
    [InlineData("https://a.example/", "whsec_c2hvcnQ=", "Secret")]
    [InlineData("https://a.example/", "whsec_***", "Secret")]
    public void A_wrong_setting_stops_the_start_and_is_named(string url, string secret, string key)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Cx:Webhook:Url", url), new("Cx:Webhook:Secret", secret)]).Build();
        var refused = Assert.Throws<InvalidSettingsException>(() => Settings.Validate(configuration, services => services.AddSettings<WebhookOptions>(configuration)));
        Assert.Contains($"Cx__Webhook__{key}:", refused.Message, StringComparison.Ordinal);
    }

    private async Task<SendResult> Send(Func<WebhookOptions, WebhookOptions>? change = null, HandClock? clock = null)
    {
        using var sender = new WebhookSender((change ?? (o => o))(new() { Url = new(receiver.Urls.First() + "/hook"), Secret = Secret }), clock ?? new HandClock(Now));
        return await sender.Send(Mail, "key-1", CancellationToken.None);
    }
}
