using System.Text.Json.Nodes;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Cx.Domain;
using Cx.FunctionApp.Tests.Hosting;
using Cx.Tests.EndToEnd;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cx.FunctionApp.Tests.Storage;

/// <summary>What the trigger tells its queue, and what the queue takes and gives.</summary>
[Collection(nameof(Azurite))]
public sealed class TouchpointQueueTests(TwoHosts hosts, Azurite azurite) : IClassFixture<TwoHosts>
{
    private TouchpointsFromStorage Trigger => ActivatorUtilities.CreateInstance<TouchpointsFromStorage>(hosts.Worker.Services);

    [Fact]
    public void The_app_creates_its_queues_when_it_starts() =>
        Assert.Single(hosts.Worker.Services.GetServices<IHostedService>().OfType<QueueCreation>());

    [Fact]
    public async Task A_long_reason_is_cut()
    {
        using var shop = await hosts.Standalone.Open("queue-long", sending: "off");
        var body = new JsonObject { ["shop"] = shop.Name, ["touchpoints"] = new JsonArray([.. Enumerable.Range(0, 200).Select(_ => new JsonObject())]) };

        var deadLetter = JsonNode.Parse((await Trigger.Run(Stored(BinaryData.FromString(body.ToJsonString())), default))!)!;

        Assert.Equal(TouchpointsFromStorage.MaxReasonLength, ((string)deadLetter["reason"]!).Length);
    }

    [Fact]
    public async Task A_message_of_the_storage_queue_leaves_nothing_behind_once_it_is_stored()
    {
        using var shop = await hosts.Standalone.Open("queue-good", sending: "off");
        Assert.Null(await Trigger.Run(Stored(Envelope(shop.Name, "visit")), default));
        Assert.Equal((1L, 1L), await hosts.Standalone.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task A_message_of_the_storage_queue_that_can_never_be_taken_goes_to_the_poison_queue_as_it_was_with_the_reason()
    {
        using var shop = await hosts.Standalone.Open("queue-bad", sending: "off");
        var message = Envelope(shop.Name, "no-such-type");

        var deadLetter = JsonNode.Parse((await Trigger.Run(Stored(message), default))!)!;

        Assert.Equal("invalid-touchpoint", (string)deadLetter["code"]!);
        Assert.StartsWith("1 of 1 touchpoints could not be taken: 0: /type ", (string)deadLetter["reason"]!, StringComparison.Ordinal);
        Assert.Equal(message.ToString(), (string)deadLetter["message"]!);
    }

    [Fact]
    public async Task A_message_of_a_newer_version_is_left_to_the_queue() =>
        await Assert.ThrowsAsync<NewerVersionException>(() => Trigger.Run(Stored(BinaryData.FromString("""{"version":2,"items":[]}""")), default));

    [Fact]
    public async Task A_message_too_large_to_be_dead_lettered_with_its_reason_is_left_to_the_queue() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Trigger.Run(Stored(BinaryData.FromString(new string('"', 40 * 1024))), default));

    [SkippableTheory]
    [InlineData(QueueMessageEncoding.None)]
    [InlineData(QueueMessageEncoding.Base64)]
    public async Task A_message_is_stored_however_its_client_encodes_it(QueueMessageEncoding encoding)
    {
        using var shop = await hosts.Standalone.Open($"queue-{encoding}".ToLowerInvariant(), sending: "off");
        var account = azurite.Account();

        var message = await Delivered(account, encoding, Envelope(shop.Name, "visit"));

        Assert.Null(await Trigger.Run(message, default));
        Assert.Equal((1L, 1L), await hosts.Standalone.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [SkippableTheory]
    [InlineData("not json")]
    [InlineData("AAAA")]
    [InlineData("{\"shop\": \"\u4f60\u597d \u00e8 \\u0000 \\uFFFF\"}")]
    [InlineData(" ")]
    public async Task Whatever_can_never_be_taken_fits_into_the_poison_queue_as_it_was_sent(string body)
    {
        var account = azurite.Account();
        var deadLetter = (await Trigger.Run(await Delivered(account, QueueMessageEncoding.None, BinaryData.FromString(body)), default))!;

        var moved = await Delivered(account, QueueMessageEncoding.None, BinaryData.FromString(deadLetter), Queues.PoisonTouchpoints);

        Assert.Equal(deadLetter, moved.Body.ToString());
        Assert.Equal(body, (string)JsonNode.Parse(deadLetter)!["message"]!);
    }

    /// <summary>What is larger is refused to the client that sends it; a dead letter of the same size is not.</summary>
    [SkippableFact]
    public async Task The_largest_message_of_the_queue_is_the_largest_dead_letter()
    {
        var account = azurite.Account();
        var largest = BinaryData.FromString(new string('x', TouchpointsFromStorage.MaxMessageSize));

        Assert.Equal(largest.ToString(), (await Delivered(account, QueueMessageEncoding.None, largest)).Body.ToString());
        var refused = await Assert.ThrowsAsync<RequestFailedException>(
            () => Delivered(account, QueueMessageEncoding.None, BinaryData.FromString(largest + "x")));

        Assert.InRange(refused.Status, 400, 499);
    }

    // As the Functions host takes it: as it is, whatever the client did.
    private static async Task<QueueMessage> Delivered(
        StorageAccount account, QueueMessageEncoding encoding, BinaryData body, string name = Queues.Touchpoints)
    {
        var client = account.Queue(name, encoding);
        await client.CreateIfNotExistsAsync();
        await client.SendMessageAsync(body);
        return (await account.Queue(name).ReceiveMessageAsync()).Value;
    }

    private static QueueMessage Stored(BinaryData body) => QueuesModelFactory.QueueMessage("m-1", "receipt", body, 1, insertedOn: DateTimeOffset.UtcNow);

    private static BinaryData Envelope(string shop, string type) => BinaryData.FromString(
        new JsonObject { ["shop"] = shop, ["touchpoints"] = Payloads.Touchpoint("t-1", type, DateTimeOffset.UtcNow.AddHours(-1), "ada@example.com") }.ToJsonString());
}
