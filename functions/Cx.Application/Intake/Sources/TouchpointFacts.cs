using System.Collections.Frozen;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

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
            Revision: t.At, t.At)
        {
            Traits = ShopWords.Traits(data.Text("salesChannel", 100), data.Flag("renewal"), data.Words("tags")),
        },
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
        ["bounce"] = Bounce,
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

    /// <summary>Mail to the address was refused for good; a full mailbox and other passing refusals are none.</summary>
    private static AddressRefused Bounce(JsonFields touchpoint, JsonFields data, TouchpointEnvelope t)
    {
        var (customer, channel) = (touchpoint.Child("customer"), t.Channel ?? Channel.Email);
        var field = channel is Channel.Phone or Channel.Messaging ? "phone" : channel is Channel.Social ? "handle" : "email";
        return new(channel, Personal.Clear(customer.Require(field, customer.Text(field)))!, "reported as a bounce", t.At);
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
        Tags = line.Words("tags") is { } tags ? Labels.Of(tags) : null,
        Collections = line.Words("collections") is { } collections ? Labels.Of(collections) : null,
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
