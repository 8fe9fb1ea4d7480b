using System.Collections.Frozen;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>One error in a touchpoint.</summary>
/// <param name="Path">A JSON pointer (RFC 6901) to the invalid value; empty: the touchpoint itself.</param>
/// <param name="Message">For people; never holds the value.</param>
public sealed record TouchpointError(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>The result of reading one touchpoint: a report, or its errors.</summary>
/// <param name="Id">The touchpoint's own id, else the fallback.</param>
public readonly record struct TouchpointReading(Report? Report, string? Id, IReadOnlyList<TouchpointError> Errors);

/// <summary>
/// Reads our own touchpoint JSON, as <c>touchpoint.schema.json</c> describes it. Strict where a mistake would be recorded for ever (an
/// unknown type, an instant without offset, a number that is not exact); unknown fields are ignored.
/// </summary>
public static class TouchpointReader
{
    /// <summary>Reads one touchpoint, or gives all of its errors at once.</summary>
    /// <param name="receivedAt">When it arrived; occurring more than a day later is an error, but for an objection, which counts from here then.</param>
    /// <param name="fallbackId">The id of a touchpoint that has none; without it the id is required.</param>
    /// <param name="source">Recorded as the source of a consent.</param>
    public static TouchpointReading Read(JsonElement item, DateTimeOffset receivedAt, string? fallbackId = null, string source = "api")
    {
        var errors = new List<TouchpointError>();
        var touchpoint = JsonFields.Object(item, "", (path, message) => errors.Add(new(path, message)));
        if (errors.Count > 0)
            return new(null, fallbackId, errors);

        var id = touchpoint.Id("id") ?? fallbackId;
        var given = touchpoint.Require("id", id);
        var occurredAt = IsObjection(item) && touchpoint.Has("occurredAt")
            ? InBounds(touchpoint, receivedAt) ?? receivedAt
            : touchpoint.Require("occurredAt", touchpoint.Instant("occurredAt"));
        if (touchpoint.Has("occurredAt") && !StatedInstant.IsInBounds(occurredAt, receivedAt) && errors.TrueForAll(e => e.Path != "/occurredAt"))
            touchpoint.Reject("occurredAt", $"must be {StatedInstant.Bounds}");

        var order = touchpoint.Id("orderId");
        var (identifiers, details) = ReadCustomer(touchpoint.Child("customer"), occurredAt);
        var data = touchpoint.Child("data");
        var fact = ReadFact(touchpoint, data, new(
            given, occurredAt, order is null ? null : new OrderId(order),
            touchpoint.Word<Channel>("channel"), touchpoint.Word<Direction>("direction"), touchpoint.Word<Stage>("stage"), source));

        if (identifiers.Count == 0 && order is null && !data.Has("conversationId")
            && errors.TrueForAll(e => !e.Path.StartsWith("/customer", StringComparison.Ordinal)))
        {
            touchpoint.Reject(
                "customer", "must have an email, phone, shopCustomerId, visitorId or handle, unless there is an orderId or a data.conversationId");
        }

        if (errors.Count > 0 || fact is null)
            return new(null, id, errors);

        if (order is not null)
            identifiers.Insert(0, new(IdentifierKind.Order, order));
        if (TouchpointFacts.ConversationOf(fact) is { } conversation)
            identifiers.Add(new(IdentifierKind.Conversation, conversation.Value));

        return new(new Report(identifiers, details is null ? [fact] : [details, fact, .. Contact(fact, details)]), id, []);
    }

    private static bool IsObjection(JsonElement touchpoint) => ExactJson.Property(touchpoint, "type") is { } type && ExactJson.Text(type) switch
    {
        "spam" => true,
        "consent" => ExactJson.Property(touchpoint, "data") is { } data && ExactJson.Property(data, "given") is { ValueKind: JsonValueKind.False },
        _ => false,
    };

    private static DateTimeOffset? InBounds(JsonFields touchpoint, DateTimeOffset receivedAt) =>
        ExactInstant.Parse(touchpoint.Optional("occurredAt")) is { } at && StatedInstant.IsInBounds(at, receivedAt) ? at : null;

    /// <summary>The contact that a purchase was made with: the customer's details as they were then.</summary>
    private static IEnumerable<OrderContactGiven> Contact(ICustomerEvent fact, CustomerDetailsLearned x) =>
        fact is OrderPlaced order
        && new OrderContactGiven(
            order.Order, x.Email, x.Email, x.Phone, x.Name, x.FirstName, x.Language, x.Country, Province: null, Postcode: null, order.Revision) is { IsEmpty: false } contact
            ? [contact]
            : [];

    private static ICustomerEvent? ReadFact(JsonFields touchpoint, JsonFields data, TouchpointEnvelope envelope)
    {
        var type = touchpoint.Require("type", touchpoint.Text("type"));
        if (TouchpointFacts.ByType.TryGetValue(type, out var read))
            return read(touchpoint, data, envelope);

        if (type.Length > 0)
            touchpoint.Reject("type", $"must be one of {string.Join(", ", TouchpointFacts.ByType.Keys.Order(StringComparer.Ordinal))}");

        return null;
    }

    /// <summary>The identifiers and details of a touchpoint's customer; no details when there are none.</summary>
    private static (List<RawIdentifier> Identifiers, CustomerDetailsLearned? Details) ReadCustomer(JsonFields customer, DateTimeOffset at)
    {
        var country = Checked(customer, "country", Locales.Country, "must be an ISO 3166-1 alpha-2 code");
        var email = Checked(customer, "email", text => Identifiers.Normalise(IdentifierKind.Email, text) is null ? null : text, "must be an e-mail address");
        var phone = Checked(
            customer, "phone", text => PhoneForms.Of(text, country, shopCountry: null).Count == 0 ? null : text, "must be a phone number, best with its country code");
        var shopCustomerId = customer.Id("shopCustomerId");
        var visitor = customer.Id("visitorId");
        var handle = customer.Id("handle");
        (IdentifierKind Kind, string? Value)[] given =
        [
            (IdentifierKind.ShopCustomerId, shopCustomerId), (IdentifierKind.Email, email), (IdentifierKind.Phone, phone),
            (IdentifierKind.Visitor, visitor), (IdentifierKind.Handle, handle),
        ];
        List<RawIdentifier> identifiers = [.. from i in given where i.Value is not null select new RawIdentifier(i.Kind, i.Value, i.Kind is IdentifierKind.Phone ? country : null)];

        var details = new CustomerDetailsLearned(
            Personal.Clear(email), Personal.Clear(phone), Personal.Clear(shopCustomerId), Personal.Clear(visitor), Personal.Clear(handle),
            Personal.Clear(customer.Text("name")), Personal.Clear(customer.Text("firstName")),
            Checked(customer, "language", Locales.Language, "must be a BCP 47 language tag"),
            Checked(customer, "timeZone", zone => ShopZone.Find(zone)?.Id, "must be an IANA time zone"),
            country,
            Relation: null, at);
        return (identifiers, details == NoDetails with { OccurredAt = at } ? null : details);
    }

    private static CustomerDetailsLearned NoDetails { get; } = new(null, null, null, null, null, null, null, null, null, null, null, default);

    private static string? Checked(JsonFields customer, string name, Func<string, string?> check, string must)
    {
        if (customer.Text(name) is not { } text)
            return null;

        var value = check(text);
        if (value is null)
            customer.Reject(name, must);

        return value;
    }
}

/// <summary>What every touchpoint has.</summary>
internal readonly record struct TouchpointEnvelope(
    string Id, DateTimeOffset At, OrderId? Order, Channel? Channel, Direction? Direction, Stage? Stage, string Source);

/// <summary>The fact of each type of touchpoint, with its default channel, direction and stage.</summary>
internal static class TouchpointFacts
{
    internal delegate ICustomerEvent Reading(JsonFields touchpoint, JsonFields data, TouchpointEnvelope t);

    public static FrozenDictionary<string, Reading> ByType { get; } = new Dictionary<string, Reading>
    {
        ["purchase"] = (touchpoint, data, t) => new OrderPlaced(
            Order(touchpoint, t), data.Text("number", 200), data.Require("total", Money(data, "total")), Lines(data), data.Day("promisedBy"),
            Revision: t.At, t.At),
        ["payment"] = (touchpoint, data, t) => Fact(touchpoint, data, t, OrderFact.Paid, null, order => new OrderPaid(order, t.At)),
        ["shipment"] = (touchpoint, data, t) => Fact(
            touchpoint, data, t, OrderFact.Shipped, data.Id("shipment"), order => new OrderShipped(order, data.Id("shipment"), t.At) { Lines = Quantities(data) }),
        ["delivery"] = (touchpoint, data, t) => Fact(
            touchpoint, data, t, OrderFact.Delivered, data.Id("shipment"), order => data.Flag("failed") is true
                ? new DeliveryFailed(order, data.Id("shipment"), t.At)
                : new OrderDelivered(order, data.Id("shipment"), t.At)),
        ["cancellation"] = (touchpoint, data, t) => Fact(
            touchpoint, data, t, OrderFact.Cancelled, null, order => new OrderCancelled(order, data.Word<Canceller>("by") ?? Canceller.Unknown, t.At)),
        ["refund"] = (touchpoint, data, t) => Fact(
            touchpoint, data, t, OrderFact.Refunded, data.Id("refundId") ?? t.Id,
            order => new OrderRefunded(order, data.Id("refundId") ?? t.Id, data.Money("amount", "currency"), data.Flag("full") ?? false, t.At) { Lines = Quantities(data) }),
        ["refund-request"] = (touchpoint, _, t) => new RefundRequested(Order(touchpoint, t), t.At),
        ["checkout"] = (_, data, t) => new CheckoutStarted(data.Id("checkoutId") ?? t.Id, t.Order, Money(data, "total"), Lines(data), t.At),
        ["contact"] = Contact,
        ["answer"] = (_, data, t) => new ContactAnswered(
            t.Id, new(data.Require("conversationId", data.Id("conversationId"))), t.Channel ?? Channel.Email, Text(data), t.At)
        {
            Reference = Reference(data.Id("conversationId")),
        },
        ["feedback"] = Feedback,
        ["review"] = (_, data, t) => new ReviewPosted(
            t.Id, (int)data.Require("stars", data.Integer("stars", 1, 5)), t.Order, Product(data), t.Channel ?? Channel.Web, Text(data), t.At),
        ["complaint"] = (_, data, t) => new ComplaintOpened(
            new(data.Id("complaintId") ?? t.Id), t.Order, t.Channel ?? Channel.Email, Text(data), t.At)
        {
            Reference = Reference(data.Id("complaintId")),
        },
        ["resolution"] = (_, data, t) => new ComplaintResolved(new(data.Require("complaintId", data.Id("complaintId"))), Text(data), t.At)
        {
            Reference = Reference(data.Id("complaintId")),
        },
        ["mention"] = (_, data, t) => new MentionMade(
            t.Id, (double)data.Require("sentiment", data.Number("sentiment", -1, 1)), data.Integer("audience", 0, long.MaxValue) ?? 0,
            t.Channel ?? Channel.Social, Text(data), t.At),
        ["referral"] = (_, _, t) => new ReferralMade(t.Id, t.At),
        ["visit"] = (_, _, t) => new VisitMade(t.Id, t.Channel ?? Channel.Web, t.Stage ?? Stage.Information, t.At),
        ["spam"] = (_, _, t) => new SpamReported(t.Id, t.Channel ?? Channel.Email, t.At),
        ["consent"] = Consent,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The conversation of a fact, which identifies the customer of later contacts.</summary>
    public static ConversationId? ConversationOf(ICustomerEvent fact) => fact switch
    {
        ContactMade x => x.Conversation,
        ContactAnswered x => x.Conversation,
        _ => null,
    };

    /// <summary>
    /// A contact without a conversation starts one. What is written to the shop expects an answer; a call or a visit was answered at once.
    /// </summary>
    private static ContactMade Contact(JsonFields _, JsonFields data, TouchpointEnvelope t)
    {
        var channel = t.Channel ?? Channel.Email;
        var direction = t.Direction ?? Direction.Inbound;
        var expectsAnswer = direction is Direction.Inbound && channel is not (Channel.Phone or Channel.InPerson);
        return new(
            t.Id, new(data.Id("conversationId") ?? t.Id), channel, direction, t.Stage ?? (t.Order is null ? Stage.Information : Stage.PostSale),
            t.Order, data.Flag("expectsAnswer") ?? expectsAnswer, Text(data), t.At)
        {
            Reference = Reference(data.Id("conversationId")),
        };
    }

    private static FeedbackGiven Feedback(JsonFields _, JsonFields data, TouchpointEnvelope t)
    {
        var kind = data.Word<FeedbackKind>("kind");
        var (min, max) = kind switch
        {
            FeedbackKind.Csat => (1, 5),
            FeedbackKind.Nps => (0, 10),
            FeedbackKind.Ces => (1, 7),
            _ => (0, 10), // the kind is reported as invalid: the score is not reported too
        };
        var score = (int)data.Require("score", data.Integer("score", min, max));
        return new(t.Id, data.Require("kind", kind), score, t.Order, t.Channel ?? Channel.Email, t.Stage ?? Stage.PostSale, Text(data), t.At);
    }

    private static ICustomerEvent Consent(JsonFields _, JsonFields data, TouchpointEnvelope t)
    {
        var channel = t.Channel ?? Channel.Email;
        var purpose = data.Require("purpose", data.Word<Purpose>("purpose"));
        var basis = data.Word<ConsentBasis>("basis") ?? ConsentBasis.OptIn;
        return data.Require("given", data.Flag("given"))
            ? new ConsentGiven(channel, purpose, basis, t.Source, Personal.Clear(data.Text("wording", 2_000)), t.At)
            : new ConsentWithdrawn(channel, purpose, t.Source, t.At);
    }

    private static OrderId Order(JsonFields touchpoint, TouchpointEnvelope t) => new(touchpoint.Require("orderId", t.Order?.Value));

    private static Personal? Reference(string? given) => given is null || GivenIds.IsHash(given) ? null : Personal.Clear(given);

    private static Personal? Text(JsonFields data) => Personal.Clear(data.Text("text"));

    private static ProductId? Product(JsonFields fields) => fields.Id("productId") is { } product ? new ProductId(product) : null;

    private static Money? Money(JsonFields data, string name)
    {
        if (!data.Has(name))
            return null;

        var money = data.Child(name);
        if (!money.Has("amount"))
            money.Reject("amount", "is required");

        return money.Money("amount", "currency");
    }

    private static OrderLine[] Lines(JsonFields data) => Array.ConvertAll(data.Items("lines"), line => new OrderLine(
        Product(line), line.Text("sku", 200), line.Require("title", line.Text("title", 500)),
        line.Quantity("quantity") ?? 1, line.Require("price", line.Amount("price")), line.Text("category", 200))
    {
        Line = line.Id("lineId"),
        Current = line.Quantity("currentQuantity"),
        Kind = line.Word<LineKind>("kind"),
    });

    private static LineQuantity[]? Quantities(JsonFields data) => !data.Has("lines") ? null
        : [.. data.Items("lines").Select(l => new LineQuantity(l.Require("lineId", l.Id("lineId")), l.Quantity("quantity") ?? 1)).OrderBy(l => l.Line, StringComparer.Ordinal)];

    /// <summary>A fact of an order, or that it was taken back.</summary>
    private static ICustomerEvent Fact(JsonFields touchpoint, JsonFields data, TouchpointEnvelope t, OrderFact fact, string? item, Func<OrderId, ICustomerEvent> stated)
    {
        var order = Order(touchpoint, t);
        return data.Flag("takenBack") is true ? new OrderFactTakenBack(order, fact, item, t.At) : stated(order);
    }
}

/// <summary>The JSON Schema (draft 2020-12) of a touchpoint.</summary>
public static class TouchpointSchema
{
    public const string ContentType = "application/schema+json";

    public static ReadOnlyMemory<byte> Json { get; } = Load();

    private static byte[] Load()
    {
        using var resource = typeof(TouchpointSchema).Assembly.GetManifestResourceStream("touchpoint.schema.json")
            ?? throw new InvalidOperationException("The touchpoint schema is not embedded in the assembly.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
