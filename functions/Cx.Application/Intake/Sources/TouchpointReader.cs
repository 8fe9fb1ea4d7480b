using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// Reads our own touchpoint JSON, the one that <c>touchpoint.schema.json</c> describes. Strict where a mistake would be recorded for ever
/// (an unknown type, an instant without offset, a number that is not exact), silent about fields it does not know.
/// </summary>
public static class TouchpointReader
{
    /// <summary>How far a touchpoint may lie ahead of our clock: time zones are confused more often than clocks are wrong.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    /// <summary>Reads one touchpoint; all that is wrong with it is said at once.</summary>
    /// <param name="receivedAt">When it arrived; occurring more than a day later is an error.</param>
    /// <param name="fallbackId">The id of a touchpoint that has none; without it the id is required.</param>
    /// <param name="source">Who is remembered as having told a consent.</param>
    public static TouchpointReading Read(JsonElement item, DateTimeOffset receivedAt, string? fallbackId = null, string source = "api")
    {
        var errors = new List<TouchpointError>();
        var touchpoint = JsonFields.Object(item, "", (path, message) => errors.Add(new(path, message)));
        if (errors.Count > 0)
            return new(null, fallbackId, errors);

        var id = touchpoint.Id("id") ?? fallbackId;
        var given = touchpoint.Require("id", id);
        var occurredAt = touchpoint.Require("occurredAt", touchpoint.Instant("occurredAt"));
        if (occurredAt > receivedAt + Ahead)
            touchpoint.Reject("occurredAt", "lies more than a day ahead");
        else if (occurredAt < DateTimeOffset.UnixEpoch && touchpoint.Has("occurredAt") && errors.TrueForAll(e => e.Path != "/occurredAt"))
            touchpoint.Reject("occurredAt", "lies before 1970");

        var order = touchpoint.Id("orderId");
        var (who, details) = TouchpointCustomer.Read(touchpoint.Child("customer"), occurredAt);
        var data = touchpoint.Child("data");
        var fact = Fact(touchpoint, data, new(
            given, occurredAt, order is null ? null : new OrderId(order), touchpoint.Word<Channel>("channel"), touchpoint.Word<Direction>("direction"), touchpoint.Word<Stage>("stage"), source));

        var namesConversation = data.Has("conversationId");
        if (who.Count == 0 && order is null && !namesConversation && errors.TrueForAll(e => !e.Path.StartsWith("/customer", StringComparison.Ordinal)))
            touchpoint.Reject("customer", "must name the person by email, phone, shopCustomerId, visitorId or handle, unless an order or a conversation does");

        if (errors.Count > 0 || fact is null)
            return new(null, id, errors);

        if (order is not null)
            who.Insert(0, new(IdentifierKind.Order, order));
        if (TouchpointFacts.ConversationOf(fact) is { } thread)
            who.Add(new(IdentifierKind.Conversation, thread.Value));

        return new(new Report(who, details is null ? [fact] : [details, fact]), id, []);
    }

    private static ICustomerEvent? Fact(JsonFields touchpoint, JsonFields data, TouchpointEnvelope envelope)
    {
        var type = touchpoint.Require("type", touchpoint.Text("type"));
        if (TouchpointFacts.ByType.TryGetValue(type, out var read))
            return read(touchpoint, data, envelope);

        if (type.Length > 0)
            touchpoint.Reject("type", $"must be one of {string.Join(", ", TouchpointFacts.ByType.Keys.Order(StringComparer.Ordinal))}");

        return null;
    }
}

/// <summary>What every touchpoint has.</summary>
internal readonly record struct TouchpointEnvelope(string Id, DateTimeOffset At, OrderId? Order, Channel? Channel, Direction? Direction, Stage? Stage, string Source);
