using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Queues.Models;
using Cx.Functions.Hosting.Azure;
using Cx.Tests.Door;
using Cx.Tests.Support;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.AzureShapes.Hosting;

/// <summary>What the triggers tell their queues.</summary>
public sealed class TouchpointQueuesTests(TwoHosts hosts) : IClassFixture<TwoHosts>
{
    private TouchpointQueues Queues => ActivatorUtilities.CreateInstance<TouchpointQueues>(hosts.Worker.Services);

    [Fact]
    public async Task A_message_of_Service_Bus_is_completed_once_it_is_stored()
    {
        using var shop = await hosts.Standalone.Open("bus-good", sending: "off");
        var message = ServiceBusModelFactory.ServiceBusReceivedMessage(body: Envelope(shop.Name, "visit"), messageId: "m-1", enqueuedTime: DateTimeOffset.UtcNow);
        var actions = new Actions();

        await Queues.FromServiceBus(message, actions, default);
        await Queues.FromServiceBus(message, actions, default);

        Assert.Equal(["completed m-1", "completed m-1"], actions.Done);
        Assert.Equal((1L, 1L), await hosts.Standalone.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task A_message_of_Service_Bus_that_can_never_be_taken_is_dead_lettered_with_the_reason()
    {
        using var shop = await hosts.Standalone.Open("bus-bad", sending: "off");
        var message = ServiceBusModelFactory.ServiceBusReceivedMessage(body: Envelope(shop.Name, "no-such-type"), messageId: "m-1", enqueuedTime: DateTimeOffset.UtcNow);
        var actions = new Actions();

        await Queues.FromServiceBus(message, actions, default);

        Assert.StartsWith("dead m-1 invalid-touchpoint 1 of 1 touchpoints could not be taken: 0: /type ", Assert.Single(actions.Done), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_reason_is_cut_to_what_Service_Bus_takes()
    {
        using var shop = await hosts.Standalone.Open("bus-long", sending: "off");
        var body = new JsonObject { ["shop"] = shop.Name, ["touchpoints"] = new JsonArray([.. Enumerable.Range(0, 200).Select(_ => new JsonObject())]) };
        var actions = new Actions();

        await Queues.FromServiceBus(ServiceBusModelFactory.ServiceBusReceivedMessage(body: BinaryData.FromString(body.ToJsonString()), messageId: "m-1"), actions, default);

        Assert.Equal("dead m-1 invalid-touchpoint ".Length + 4096, Assert.Single(actions.Done).Length);
    }

    [Fact]
    public async Task A_message_of_the_storage_queue_leaves_nothing_behind_once_it_is_stored()
    {
        using var shop = await hosts.Standalone.Open("queue-good", sending: "off");
        Assert.Null(await Queues.FromStorage(Stored(Envelope(shop.Name, "visit")), default));
        Assert.Equal((1L, 1L), await hosts.Standalone.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task A_message_of_the_storage_queue_that_can_never_be_taken_goes_to_the_poison_queue_as_it_was_with_the_reason()
    {
        using var shop = await hosts.Standalone.Open("queue-bad", sending: "off");
        var message = Envelope(shop.Name, "no-such-type");

        var aside = JsonNode.Parse((await Queues.FromStorage(Stored(message), default))!)!;

        Assert.Equal("invalid-touchpoint", (string)aside["code"]!);
        Assert.StartsWith("1 of 1 touchpoints could not be taken: 0: /type ", (string)aside["reason"]!, StringComparison.Ordinal);
        Assert.Equal(message.ToString(), (string)aside["message"]!);
    }

    [Fact]
    public async Task A_message_too_large_to_be_put_aside_with_its_reason_is_left_to_the_queue() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Queues.FromStorage(Stored(BinaryData.FromString(new string('"', 40 * 1024))), default));

    private static QueueMessage Stored(BinaryData body) => QueuesModelFactory.QueueMessage("m-1", "receipt", body, 1, insertedOn: DateTimeOffset.UtcNow);

    private static BinaryData Envelope(string shop, string type) => BinaryData.FromString(
        new JsonObject { ["shop"] = shop, ["touchpoints"] = Payloads.Touchpoint("t-1", type, DateTimeOffset.UtcNow.AddHours(-1), "ada@example.com") }.ToJsonString());

    /// <summary>The broker's side of a message.</summary>
    private sealed class Actions : ServiceBusMessageActions
    {
        public List<string> Done { get; } = [];

        public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default)
        {
            Done.Add($"completed {message.MessageId}");
            return Task.CompletedTask;
        }

        public override Task DeadLetterMessageAsync(
            ServiceBusReceivedMessage message, Dictionary<string, object>? propertiesToModify = default, string? deadLetterReason = default,
            string? deadLetterErrorDescription = default, CancellationToken cancellationToken = default)
        {
            Done.Add($"dead {message.MessageId} {deadLetterReason} {deadLetterErrorDescription}");
            return Task.CompletedTask;
        }
    }
}
