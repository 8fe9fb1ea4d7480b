using System.Text;
using System.Text.Json.Nodes;
using Cx.Application.Intake;
using Cx.Domain;
using Cx.Tests.EndToEnd;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cx.Tests.Intake;

/// <summary>Queue messages, processed like requests to the touchpoint API.</summary>
public sealed class QueuedTouchpointsTests(Running running) : IClassFixture<Running>
{
    private static readonly DateTimeOffset Enqueued = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task One_touchpoint_is_stored_however_often_the_broker_delivers_it()
    {
        using var shop = await running.Open("queued-one", sending: "off");
        var message = Envelope(shop.Name, Visit("v-1", "ada@example.com"));

        Assert.Equal([IntakeStatus.Applied], Statuses(await Take(message, "m-1")));
        var rows = await running.Tables.Rows(shop.Name);
        Assert.Equal([IntakeStatus.Duplicate], Statuses(await Take(message, "m-1")));

        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));
        Assert.Equal(rows, await running.Tables.Rows(shop.Name));
    }

    [Fact]
    public async Task Many_touchpoints_are_stored_and_one_that_waits_is_accepted_too()
    {
        using var shop = await running.Open("queued-many", sending: "off");
        var waiting = Payloads.Touchpoint("a-1", "answer", Enqueued.AddHours(-1), null, new { conversationId = "c-unknown" });

        var outcome = await Take(Envelope(shop.Name, Many(Visit("v-1", "ada@example.com"), Visit("v-2", "grace@example.com"), waiting)), "m-1");

        Assert.Equal([IntakeStatus.Applied, IntakeStatus.Applied, IntakeStatus.Waiting], Statuses(outcome));
        Assert.Equal((2L, 2L), await running.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task The_key_of_a_message_is_that_of_the_API()
    {
        using var shop = await running.Open("queued-key", sending: "off");
        var visit = Visit("v-1", "ada@example.com");
        await shop.Touchpoints("till-1", Many(visit.DeepClone()));

        Assert.Equal([IntakeStatus.Duplicate], Statuses(await Take(Envelope(shop.Name, Many(visit), "till-1"), "another-id")));
        var poison = Assert.IsType<QueuedOutcome.Poison>(await Take(Envelope(shop.Name, Visit("v-2", "ada@example.com"), "till-1"), "a-third-id"));
        Assert.Equal("idempotency-key-reused", poison.Code);
        Assert.Equal((1L, 1L), await running.Tables.Events(shop.Name, "visit-made.v1"));
    }

    [Fact]
    public async Task Of_a_message_with_invalid_items_the_others_are_stored_and_the_reason_names_the_invalid_ones()
    {
        using var shop = await running.Open("queued-half", sending: "off");
        var wrong = Payloads.Touchpoint("f-1", "feedback", Enqueued, "lin@example.com", new { kind = "csat", score = 6 });
        var message = Envelope(shop.Name, Many(Visit("v-1", "ada@example.com"), wrong, Visit("v-2", "grace@example.com"), Payloads.Touchpoint("x-1", "no-such-type", Enqueued, "kim@example.com")));

        var poison = Assert.IsType<QueuedOutcome.Poison>(await Take(message, "m-1"));

        Assert.Equal("invalid-touchpoint", poison.Code);
        Assert.StartsWith("2 of 4 touchpoints could not be taken: 1: /data/score ", poison.Reason, StringComparison.Ordinal);
        Assert.Contains("; 3: /type ", poison.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("@example.com", poison.Reason, StringComparison.Ordinal);
        Assert.Equal((2L, 2L), await running.Tables.Events(shop.Name, "visit-made.v1"));

        var mended = message.Replace("\"score\":6", "\"score\":5", StringComparison.Ordinal).Replace("no-such-type", "visit", StringComparison.Ordinal);
        Assert.Equal([IntakeStatus.Duplicate, IntakeStatus.Applied, IntakeStatus.Duplicate, IntakeStatus.Applied], Statuses(await Take(mended, "m-1")));
    }

    [Theory]
    [InlineData("invalid-json", "ada@example.com")]
    [InlineData("invalid-json", """{"shop":"limits","touchpoints":""")]
    [InlineData("invalid-envelope", "[]")]
    [InlineData("invalid-envelope", """{"touchpoints":[]}""")]
    [InlineData("invalid-envelope", """{"shop":"limits"}""")]
    [InlineData("invalid-envelope", """{"shop":"Not A Shop's Name","touchpoints":[{}]}""")]
    [InlineData("invalid-envelope", """{"shop":"limits\u0000","touchpoints":[{}]}""")]
    [InlineData("invalid-envelope", """{"shop":7,"touchpoints":[{}]}""")]
    [InlineData("invalid-envelope", """{"shop":"limits","key":"","touchpoints":[{}]}""")]
    [InlineData("invalid-envelope", """{"shop":"limits","key":7,"touchpoints":[{}]}""")]
    [InlineData("invalid-envelope", """{"version":0,"shop":"limits","touchpoints":[{}]}""")]
    [InlineData("invalid-envelope", """{"version":"2","shop":"limits","touchpoints":[{}]}""")]
    [InlineData("invalid-item-count", """{"shop":"limits","touchpoints":[]}""")]
    [InlineData("unknown-shop", """{"shop":"nobodys","touchpoints":[{}]}""")]
    public async Task An_invalid_message_is_poison_and_has_a_reason(string code, string message)
    {
        var poison = Assert.IsType<QueuedOutcome.Poison>(await Take(message, "m-1"));
        Assert.Equal(code, poison.Code);
        Assert.DoesNotContain("@", poison.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_a_newer_version_is_left_at_the_broker_and_one_that_names_this_version_is_taken()
    {
        using var shop = await running.Open("queued-newer", sending: "off");
        var rows = await running.Tables.Rows(shop.Name);

        await Assert.ThrowsAsync<NewerVersionException>(() => Take("""{"version":2,"tenant":"queued-newer","items":"in another form"}""", "m-1"));
        await Assert.ThrowsAsync<NewerVersionException>(() => Take("""{"version":2,"shop":"queued-newer","touchpoints":[{}]}""", "m-1"));
        Assert.Equal(rows, await running.Tables.Rows(shop.Name));

        var named = new JsonObject { ["version"] = QueuedTouchpoints.Version, ["shop"] = shop.Name, ["touchpoints"] = Visit("v-1", "ada@example.com") };
        Assert.Equal([IntakeStatus.Applied], Statuses(await Take(named.ToJsonString(), "m-1")));
    }

    [Fact]
    public async Task A_message_over_the_limits_is_poison_and_stores_nothing()
    {
        using var shop = await running.Open("queued-limits", sending: "off");
        var rows = await running.Tables.Rows(shop.Name);
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70);

        Assert.Equal("body-too-large", await Code(Envelope(shop.Name, Visit(new string('v', Incoming.MaxLength), "ada@example.com"))));
        Assert.Equal("invalid-json", await Code($$"""{"shop":"{{shop.Name}}","touchpoints":{{deep}}}"""));
        Assert.Equal("invalid-envelope", await Code(Envelope(shop.Name, Visit("v-1", "ada@example.com"), new string('k', 256))));
        Assert.Equal("invalid-item-count", await Code(Envelope(shop.Name, Many([.. Enumerable.Range(0, 501).Select(i => Visit($"v-{i}", "ada@example.com"))]))));
        Assert.Equal(rows, await running.Tables.Rows(shop.Name));

        async Task<string> Code(string message) => Assert.IsType<QueuedOutcome.Poison>(await Take(message, "m-1")).Code;
    }

    [Fact]
    public async Task While_the_store_is_unavailable_a_message_stays_at_the_broker()
    {
        var database = await Database.Prepared();
        await using var wire = new Wire(database);
        await using var host = await Installation.Start(database, way: wire.Connection);
        using var shop = await host.Open("queued-outage", sending: "off");
        var queued = host.Services.GetRequiredService<QueuedTouchpoints>();
        var message = Encoding.UTF8.GetBytes(Envelope(shop.Name, Visit("v-1", "ada@example.com")));

        wire.Cut();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => queued.Take(message, "m-1", Enqueued, default));
        wire.Mend();

        Assert.Equal([IntakeStatus.Applied], Statuses(await queued.Take(message, "m-1", Enqueued, default)));
    }

    private static JsonObject Visit(string id, string email) => Payloads.Touchpoint(id, "visit", Enqueued.AddHours(-1), email);

    private static JsonArray Many(params JsonNode[] items) => new([.. items]);

    private static string Envelope(string shop, JsonNode touchpoints, string? key = null)
    {
        var envelope = new JsonObject { ["shop"] = shop, ["touchpoints"] = touchpoints };
        if (key is not null)
        {
            envelope["key"] = key;
        }

        return envelope.ToJsonString();
    }

    private static IEnumerable<IntakeStatus> Statuses(QueuedOutcome outcome) => Assert.IsType<QueuedOutcome.Taken>(outcome).Items.Select(i => i.Status);

    private Task<QueuedOutcome> Take(string message, string id) =>
        running.Host.Services.GetRequiredService<QueuedTouchpoints>().Take(Encoding.UTF8.GetBytes(message), id, Enqueued, default);
}
