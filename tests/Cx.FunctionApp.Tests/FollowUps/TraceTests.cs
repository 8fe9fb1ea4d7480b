using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Azure.Storage.Queues.Models;
using Cx.Application.EventStore;
using Cx.Application.Intake;
using Cx.Application.Observability;
using Cx.Application.Privacy;
using Cx.Domain.FollowUps;
using Cx.Tests.EndToEnd;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>One trace leads from the sender of a queue message over the orchestration to the message that a customer gets.</summary>
public sealed class TraceTests : IAsyncLifetime, IDisposable
{
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;
    private readonly TestFolder folder = TestFolder.Create();
    private FollowUpSite site = null!;

    public TraceTests()
    {
        // Ours alone: tests that run beside these are not traced any further.
        listener = new()
        {
            ShouldListenTo = source => source.Name == Instruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync() => await site.DisposeAsync();

    public void Dispose()
    {
        listener.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_queue_message_the_orchestration_it_leads_to_and_the_mail_are_one_trace_and_a_wake_days_later_is_linked_to_it()
    {
        var till = Till();
        Assert.Null(await Queue().Run(Purchase(till.Id!), CancellationToken.None));
        await site.CatchUp();
        await site.Hub.Woken(1);
        await site.Site.Turn();

        var timer = Assert.Single(site.Hub.Started);
        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(timer.Customer)).Status);
        var taken = Assert.Single(spans, s => s.ParentId == till.Id);
        Assert.Equal(("process touchpoints", ActivityKind.Consumer), (taken.OperationName, taken.Kind));
        Assert.Equal(taken.Id, timer.Origin.TraceParent);
        Assert.Equal(
            ["start follow-up", "wake follow-up", "send message"],
            spans.Where(s => s.ParentId == taken.Id).OrderBy(s => s.StartTimeUtc).Select(s => s.OperationName));

        site.Time.Advance(TimeSpan.FromDays(8));
        await site.Activity.Run(timer, CancellationToken.None);

        var later = Assert.Single(spans, s => s.Links.Any(l => l.Context.SpanId == taken.SpanId));
        Assert.Equal("wake follow-up", later.OperationName);
        Assert.NotEqual(till.TraceId, later.TraceId);
    }

    [Theory]
    [InlineData("no traceparent")]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-01")]
    public async Task A_traceparent_that_cannot_be_read_costs_the_trace_alone(string traceParent)
    {
        Assert.Null(await Queue().Run(Purchase(traceParent), CancellationToken.None));
        await site.CatchUp();
        Assert.Single(site.Hub.Started);
    }

    // A span of another process: it has ended when its message is taken.
    private static Activity Till()
    {
        using var till = new Activity("sell").SetIdFormat(ActivityIdFormat.W3C).SetParentId(ActivityTraceId.CreateRandom(), default, ActivityTraceFlags.Recorded).Start();
        return till;
    }

    private QueueMessage Purchase(string traceParent)
    {
        var purchase = Payloads.Touchpoint("t-1", "purchase", site.Time.GetUtcNow(), "ada@customer.example", new { total = new { amount = 50, currency = "EUR" } }, order: "o-1");
        var envelope = new JsonObject { ["shop"] = Site.Shop.Value, ["traceparent"] = traceParent, ["touchpoints"] = purchase };
        return QueuesModelFactory.QueueMessage("m-1", "receipt", BinaryData.FromString(envelope.ToJsonString()), 1, insertedOn: site.Time.GetUtcNow());
    }

    private TouchpointsFromStorage Queue()
    {
        var (data, keys, clock) = (site.Site.Data, site.Site.Keys, site.Time);
        var erasing = new Erasing(data, site.Store, new CustomerDirectory(data, site.Store, keys), FileErasureRegister.In(folder.Data.Path), keys, clock);
        var deliveries = new Deliveries(site.Store, keys, new Identification(keys, site.Site.Shops), new IdentifierIndex(data), erasing, new FailedDeliveries(data, keys, new Identification(keys, site.Site.Shops)), NullLogger<Deliveries>.Instance);
        return new(new QueuedTouchpoints(new TouchpointIntake(deliveries, keys), site.Site.Shops, clock), clock, NullLogger<TouchpointsFromStorage>.Instance);
    }
}
