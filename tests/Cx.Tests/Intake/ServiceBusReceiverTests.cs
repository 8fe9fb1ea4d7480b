using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Cx.Application.Intake;
using Cx.Standalone;
using Cx.Tests.EndToEnd;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ServiceBusReceiver = Cx.Application.Intake.ServiceBusReceiver;

namespace Cx.Tests.Intake;

/// <summary>The real Service Bus client against a broker that speaks AMQP: what is settled how, and what survives trouble.</summary>
public sealed class ServiceBusReceiverTests(Running running) : IClassFixture<Running>, IAsyncLifetime
{
    private readonly AmqpBroker broker = new(ServiceBusReceiver.Queue);
    private ServiceBusClient client = null!;
    private ServiceBusReceiver receiver = null!;

    public async Task InitializeAsync()
    {
        client = new(broker.ConnectionString);
        receiver = new(client, running.Host.Services.GetRequiredService<QueuedTouchpoints>(), TimeProvider.System, NullLogger<ServiceBusReceiver>.Instance);
        await receiver.StartAsync(default);
    }

    public async Task DisposeAsync()
    {
        await receiver.StopAsync(default);
        await receiver.DisposeAsync();
        await client.DisposeAsync();
        broker.Dispose();
    }

    [Fact]
    public async Task A_message_is_completed_once_it_is_stored_and_a_second_copy_changes_nothing()
    {
        using var shop = await running.Open("bus-good", sending: "off");
        var message = Envelope(shop.Name, "visit");

        broker.Put("m-1", message);
        Assert.Equal(new("m-1", "completed"), await Settled());
        broker.Put("m-1", message);
        Assert.Equal(new("m-1", "completed"), await Settled());

        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task A_message_that_can_never_be_taken_is_dead_lettered_with_the_reason_and_holds_up_nobody()
    {
        using var shop = await running.Open("bus-bad", sending: "off");

        broker.Put("m-bad", Envelope(shop.Name, "no-such-type"));
        var bad = await Settled();
        broker.Put("m-good", Envelope(shop.Name, "visit"));

        Assert.Equal(("m-bad", "dead-lettered", "invalid-touchpoint"), (bad.Message, bad.How, bad.Reason));
        Assert.StartsWith("1 of 1 touchpoints could not be taken: 0: /type ", bad.Description, StringComparison.Ordinal);
        Assert.Equal(new("m-good", "completed"), await Settled());
    }

    [Fact]
    public async Task A_message_of_a_newer_version_is_kept_and_not_settled_when_the_process_stops()
    {
        using var broker = new AmqpBroker(ServiceBusReceiver.Queue);
        await using var connected = new ServiceBusClient(broker.ConnectionString);
        var log = new FirstWarning();
        await using var older = new ServiceBusReceiver(connected, running.Host.Services.GetRequiredService<QueuedTouchpoints>(), TimeProvider.System, log);
        await older.StartAsync(default);

        broker.Put("m-1", """{"version":2,"items":[]}""");
        await log.Warned.WaitAsync(TimeSpan.FromMinutes(1));
        await older.StopAsync(default);

        Assert.False(broker.Settlements.TryRead(out var settled), settled?.ToString());
        Assert.Equal(1, broker.Deliveries);
    }

    [Fact]
    public async Task A_long_reason_is_cut_to_what_Service_Bus_takes()
    {
        using var shop = await running.Open("bus-long", sending: "off");
        var items = new JsonArray([.. Enumerable.Range(0, 200).Select(_ => new JsonObject())]);

        broker.Put("m-1", new JsonObject { ["shop"] = shop.Name, ["touchpoints"] = items }.ToJsonString());

        Assert.Equal(4096, (await Settled()).Description!.Length);
    }

    [Fact]
    public async Task A_message_whose_lock_was_lost_comes_again_and_is_stored_once()
    {
        using var shop = await running.Open("bus-lock", sending: "off");
        broker.LocksToLose = 1;

        broker.Put("m-1", Envelope(shop.Name, "visit"));

        Assert.Equal(new("m-1", "completed"), await Settled());
        Assert.Equal(2, broker.Deliveries);
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task A_broker_that_was_gone_is_received_from_again()
    {
        using var shop = await running.Open("bus-gone", sending: "off");
        broker.Put("m-1", Envelope(shop.Name, "visit"));
        Assert.Equal(new("m-1", "completed"), await Settled());

        broker.Stop();
        broker.Put("m-2", Envelope(shop.Name, "visit", hoursAgo: 2));
        broker.Start();

        Assert.Equal(new("m-2", "completed"), await Settled());
        Assert.Equal((2L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task While_the_store_is_away_a_message_is_kept_and_then_stored_at_its_first_delivery()
    {
        var database = await Database.Prepared();
        await using var wire = new Wire(database);
        await using var host = await Installation.Start(database, way: wire.Connection);
        using var shop = await host.Open("bus-outage", sending: "off");
        using var unavailable = new AmqpBroker(ServiceBusReceiver.Queue);
        await using var connected = new ServiceBusClient(unavailable.ConnectionString);
        var log = new FirstWarning();
        await using var waiting = new ServiceBusReceiver(connected, host.Services.GetRequiredService<QueuedTouchpoints>(), TimeProvider.System, log);

        wire.Cut();
        await waiting.StartAsync(default);
        unavailable.Put("m-1", Envelope(shop.Name, "visit"));
        await log.Warned.WaitAsync(TimeSpan.FromMinutes(1));
        wire.Mend();

        Assert.Equal(new("m-1", "completed"), await Settled(unavailable));
        Assert.Equal(1, unavailable.Deliveries);
        await waiting.StopAsync(default);
    }

    [Fact]
    public async Task The_standalone_host_receives_where_Service_Bus_is_configured()
    {
        using var configured = new AmqpBroker(ServiceBusReceiver.Queue);
        using var folder = TestFolder.Create();
        var database = await Database.Prepared();
        await using var host = await StandaloneHost.Start(
            [.. Installation.Arguments(database, folder.Data.Path), "--ServiceBus", configured.ConnectionString], new Progress<string>(), default);
        using var shop = await Shop.Open(host.Address, "bus-host", "off");

        configured.Put("m-1", Envelope(shop.Name, "visit"));

        Assert.Equal(new("m-1", "completed"), await Settled(configured));
    }

    private Task<AmqpBroker.Settled> Settled() => Settled(broker);

    private static async Task<AmqpBroker.Settled> Settled(AmqpBroker broker)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        return await broker.Settlements.ReadAsync(patience.Token);
    }

    private static string Envelope(string shop, string type, int hoursAgo = 1) => new JsonObject
    {
        ["shop"] = shop,
        ["touchpoints"] = Payloads.Touchpoint("t-1", type, DateTimeOffset.UtcNow.AddHours(-hoursAgo), "ada@example.com"),
    }.ToJsonString();

    /// <summary>Tells when the receiver has met the outage.</summary>
    private sealed class FirstWarning : ILogger<ServiceBusReceiver>
    {
        private readonly TaskCompletionSource warned = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Warned => warned.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                warned.TrySetResult();
            }
        }
    }
}
