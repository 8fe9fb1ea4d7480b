using System.Text.Json.Serialization;

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
