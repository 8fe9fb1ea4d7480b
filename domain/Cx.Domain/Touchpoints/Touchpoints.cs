using System.Text.Json.Serialization;
using Cx.Domain.Privacy;

namespace Cx.Domain.Touchpoints;

/// <summary>The way a customer and the shop meet.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Channel>))]
public enum Channel
{
    /// <summary>The shop's own site or app: visits, purchases, forms, reviews.</summary>
    [JsonStringEnumMemberName("web")] Web,

    [JsonStringEnumMemberName("email")] Email,

    [JsonStringEnumMemberName("phone")] Phone,

    /// <summary>Face to face: a counter, a fair, the courier.</summary>
    [JsonStringEnumMemberName("in-person")] InPerson,

    /// <summary>A social network, in public.</summary>
    [JsonStringEnumMemberName("social")] Social,

    /// <summary>A live chat: the customer waits for the answer.</summary>
    [JsonStringEnumMemberName("chat")] Chat,

    /// <summary>Private messages without a live session: SMS, WhatsApp, direct messages.</summary>
    [JsonStringEnumMemberName("messaging")] Messaging,

    /// <summary>Letters and parcels.</summary>
    [JsonStringEnumMemberName("post")] Post,
}

/// <summary>Who initiated the contact: the customer (inbound) or the shop (outbound).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Direction>))]
public enum Direction
{
    [JsonStringEnumMemberName("inbound")] Inbound,

    [JsonStringEnumMemberName("outbound")] Outbound,
}

/// <summary>
/// The stage of the purchase, in order: the need is felt, information is sought, alternatives are evaluated, the choice is made, the product
/// is used (the five stages of the consumer decision process: Engel, Kollat and Blackwell, <i>Consumer Behavior</i>, 1968).
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<Stage>))]
public enum Stage
{
    [JsonStringEnumMemberName("need")] Need,

    [JsonStringEnumMemberName("information")] Information,

    [JsonStringEnumMemberName("evaluation")] Evaluation,

    [JsonStringEnumMemberName("decision")] Decision,

    [JsonStringEnumMemberName("post-sale")] PostSale,
}

/// <summary>A customer began a checkout, which an order may or may not follow.</summary>
public sealed record CheckoutStarted(
    string Checkout, OrderId? Order, Money? Total, IReadOnlyList<OrderLine> Lines, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The customer and the shop were in contact: a call, an e-mail, a chat, a letter.</summary>
/// <param name="Contact">The reporter's id of this contact; reported twice, it is recorded once.</param>
/// <param name="ExpectsAnswer">Whether a clock starts: the customer waits for the shop's answer.</param>
public sealed record ContactMade(
    string Contact, ConversationId Conversation, Channel Channel, Direction Direction, Stage Stage, OrderId? Order, bool ExpectsAnswer,
    Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>The conversation's id as the caller gave it; none where it gave none, or the one that we had answered.</summary>
    public Personal? Reference { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text), Reference = seal(Reference) };
}

/// <summary>The shop answered in a conversation.</summary>
public sealed record ContactAnswered(
    string Contact, ConversationId Conversation, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>The conversation's id as the caller gave it; none where it gave none, or the one that we had answered.</summary>
    public Personal? Reference { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text), Reference = seal(Reference) };
}

/// <summary>A question was still open at its deadline, as <see cref="Silence.Deadlines"/> computes it; dated at that deadline.</summary>
/// <param name="AskedAt">The instant of the question.</param>
public sealed record ContactLeftUnanswered(ConversationId Conversation, DateTimeOffset AskedAt, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The shop learned that a complaint exists.</summary>
public sealed record ComplaintOpened(
    ComplaintId Complaint, OrderId? Order, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>The complaint's id as the caller gave it; none where it gave none, or the one that we had answered.</summary>
    public Personal? Reference { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text), Reference = seal(Reference) };
}

/// <summary>A complaint was settled.</summary>
public sealed record ComplaintResolved(ComplaintId Complaint, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    /// <summary>The complaint's id as the caller gave it; none where it gave none, or the one that we had answered.</summary>
    public Personal? Reference { get; init; }

    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text), Reference = seal(Reference) };
}

/// <summary>A visit to the shop: pages, a fair, the counter.</summary>
public sealed record VisitMade(string Visit, Channel Channel, Stage Stage, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The question a rating answers: satisfaction 1-5, recommendation 0-10, ease 1-7 (7 = easy).</summary>
public enum FeedbackKind { Csat, Nps, Ces }

/// <summary>A customer answered a rating question.</summary>
/// <param name="Score">CSAT 1-5, NPS 0-10, CES 1-7.</param>
public sealed record FeedbackGiven(
    string Feedback, FeedbackKind Kind, int Score, OrderId? Order, Channel Channel, Stage Stage, Personal? Text,
    DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A customer reviewed a product or the shop, or changed the review.</summary>
/// <param name="Stars">1-5.</param>
public sealed record ReviewPosted(
    string Review, int Stars, OrderId? Order, ProductId? Product, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A customer mentioned the shop in public.</summary>
/// <param name="Sentiment">-1 (hostile) to 1 (full of praise).</param>
/// <param name="Audience">How many people it may have reached; 0 when unknown.</param>
public sealed record MentionMade(
    string Mention, double Sentiment, long Audience, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A customer referred another.</summary>
public sealed record ReferralMade(string Referral, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A customer marked a message of ours as spam.</summary>
public sealed record SpamReported(string Report, Channel Channel, DateTimeOffset OccurredAt) : ICustomerEvent;
