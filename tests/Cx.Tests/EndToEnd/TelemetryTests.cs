using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Cx.Application;
using Cx.Application.Api;
using Cx.Application.Configuration;
using Cx.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Cx.Tests.EndToEnd;

/// <summary>Spans say which route and which statement, and nothing about persons.</summary>
public sealed class TelemetryTests
{
    private const string Email = "ildegonda@traced.example";

    [Fact]
    public async Task A_webhook_gives_a_span_with_its_route_and_one_of_the_database()
    {
        await using var host = await Installation.Start();
        using var shop = await host.Open("traced", sending: "off");
        var body = Payloads.Order(91, Email, await shop.Now());
        using var caller = Caller();
        var spans = new Spans(caller.TraceId, "webhooks");
        using (Traces(spans))
        {
            Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("orders/create", "d-91", body)).StatusCode);
            await spans.Awaited;
        }

        var served = await spans.Awaited;
        Assert.Equal("api/shops/{shop}/webhooks/{source}", ((string)served.GetTagItem("http.route")!).TrimStart('/'));
        Assert.Equal(200, served.GetTagItem("http.response.status_code"));
        Assert.Contains(spans, s => s.TraceId == caller.TraceId && s.Kind == ActivityKind.Client && s.Source.Name == "Npgsql" && s.GetTagItem("db.query.text") is string);
        AssertNoneHolds(spans, Email, "Lovelace");
    }

    [Fact]
    public async Task The_token_of_an_unsubscribe_link_is_in_no_span()
    {
        await using var host = await Installation.Start();
        using var shop = await host.Open("traced-link");
        await FollowUpTests.Deliver(shop, Email, 92);
        await shop.Advance("P8D");
        var link = await UnsubscribeLink(shop);
        using var caller = Caller();
        var spans = new Spans(caller.TraceId, "export");
        using (Traces(spans))
        {
            await shop.Stranger.GetAsync(link.AbsolutePath + "?from=" + Email);
            Assert.Equal(HttpStatusCode.OK, (await shop.Stranger.PostAsync(link.AbsolutePath, new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]))).StatusCode);
            await shop.Get(await shop.PathOf(Email) + "/export");
            await spans.Awaited;
        }

        Assert.Contains(spans, s => s.TraceId == caller.TraceId && s.GetTagItem("http.route") is string route && route.TrimStart('/') == Routes.Unsubscribe);
        AssertNoneHolds(spans, Email, link.AbsolutePath["/u/".Length..]);
    }

    [Fact]
    public async Task A_webhook_and_the_mail_it_leads_to_are_one_trace_and_a_mail_days_later_is_linked_to_it()
    {
        await using var smtp = MailServer.Start();
        await using var host = await Installation.Start(smtp: smtp);
        using var shop = await host.Open("traced-mail");
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Spans spans;
        Activity thanks;
        using (var caller = Caller())
        {
            spans = new(caller.TraceId, "webhooks");
            using (Traces(spans))
            {
                await FollowUpTests.Deliver(shop, Email, 93);
                Assert.Equal([Email], (await smtp.Next(timeout.Token)).To);
                thanks = await spans.Sent;
                Assert.Equal((caller.TraceId, "smtp", "accepted"), (thanks.TraceId, thanks.GetTagItem("cx.sender"), thanks.GetTagItem("cx.result")));
            }

            var webhook = await spans.Awaited;
            Assert.Equal(webhook.SpanId, thanks.ParentSpanId);
        }

        var later = new Spans(spans.Trace, "clock");
        using (Traces(later))
        {
            await shop.Advance("P8D");
            Assert.Equal([Email], (await smtp.Next(timeout.Token)).To);
            var review = await later.Sent;
            Assert.NotEqual(spans.Trace, review.TraceId);
        }

        AssertNoneHolds([.. spans, .. later], Email, "Lovelace");
    }

    [Fact]
    public async Task Our_own_and_Martens_spans_and_metrics_are_collected()
    {
        var (spans, metrics) = (new List<Activity>(), new List<Metric>());
        using var marten = new ActivitySource("Marten");
        using var appends = new Meter("Marten");
        await using var host = await Installation.Start();
        using var shop = await host.Open("measured", sending: "off");
        using (Traces(spans))
        using (var meters = Sdk.CreateMeterProviderBuilder().Instrument().AddInMemoryExporter(metrics).Build())
        {
            marten.StartActivity("marten.connection")?.Dispose();
            appends.CreateCounter<long>("marten.event.append").Add(1);
            Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("orders/create", "d-94", Payloads.Order(94, Email, await shop.Now()))).StatusCode);
            meters.ForceFlush();
        }

        Assert.Contains(spans, s => s.Source.Name == "Marten");
        Assert.Superset(new HashSet<string> { "cx.deliveries", "marten.event.append" }, metrics.Select(m => m.Name).ToHashSet());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")]
    [InlineData(true, "APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:1/")]
    public void Nothing_is_collected_unless_a_setting_says_where_to(bool collects, string key = "none", string value = "")
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        using var valid = Settings.Validate(configuration, s => s.AddSettings<TelemetryOptions>(configuration));
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
        services.AddTelemetry(valid.GetRequiredService<IOptions<TelemetryOptions>>().Value);
        using var provider = services.BuildServiceProvider();

        Assert.Equal((collects, collects), (provider.GetService<TracerProvider>() is not null, provider.GetService<MeterProvider>() is not null));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "collector")]
    public void A_wrong_setting_stops_the_start_and_is_named(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        var refused = Assert.Throws<InvalidSettingsException>(() => Settings.Validate(configuration, s => s.AddSettings<TelemetryOptions>(configuration)));
        Assert.Contains($"{key}: ", refused.Message, StringComparison.Ordinal);
    }

    // A trace of the test's own, which the spans of its requests belong to.
    private static Activity Caller() => new Activity("caller") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();

    private static async Task<Uri> UnsubscribeLink(Shop shop)
    {
        foreach (var message in await shop.All("/messages?state=accepted"))
        {
            if ((string?)(await shop.Get($"/messages/{message["id"]}"))["written"]!["headers"]!["List-Unsubscribe"] is { } header)
            {
                return new(header.Trim('<', '>'));
            }
        }

        throw new InvalidOperationException("No message has a link to unsubscribe.");
    }

    // Listens to the whole process, and so also to what other tests do meanwhile.
    private static TracerProvider Traces(ICollection<Activity> spans) => Sdk.CreateTracerProviderBuilder().Instrument().AddInMemoryExporter(spans).Build();

    private static void AssertNoneHolds(IEnumerable<Activity> spans, params string[] texts) => Assert.All(spans, span =>
    {
        var everything = new StringBuilder(span.DisplayName).Append(span.StatusDescription);
        foreach (var (name, value) in span.TagObjects.Concat(span.Events.SelectMany(e => e.Tags)))
        {
            everything.Append(' ').Append(name).Append('=').Append(value);
        }

        Assert.All(texts, text => Assert.DoesNotContain(text, everything.ToString(), StringComparison.OrdinalIgnoreCase));
    });

    /// <summary>A span of the server ends a moment after the client has its answer.</summary>
    private sealed class Spans(ActivityTraceId trace, string route) : ObservableCollection<Activity>
    {
        private readonly TaskCompletionSource<Activity> sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ActivityTraceId Trace => trace;

        /// <summary>The first span of a message handed over that belongs to this trace or is linked to it.</summary>
        public Task<Activity> Sent => sent.Task.WaitAsync(TimeSpan.FromMinutes(1));

        private readonly TaskCompletionSource<Activity> awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The first span of the server in this trace whose route holds the text.</summary>
        public Task<Activity> Awaited => awaited.Task.WaitAsync(TimeSpan.FromMinutes(1));

        protected override void InsertItem(int index, Activity item)
        {
            base.InsertItem(index, item);
            if (item.GetTagItem("cx.result") is not null && (item.TraceId == trace || item.Links.Any(l => l.Context.TraceId == trace)))
            {
                sent.TrySetResult(item);
            }

            if (item.TraceId == trace && item.Kind == ActivityKind.Server && item.GetTagItem("http.route") is string served && served.Contains(route, StringComparison.Ordinal))
            {
                awaited.TrySetResult(item);
            }
        }
    }
}
