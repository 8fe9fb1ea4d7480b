using System.Text.Json.Serialization;

namespace Cx.Domain.Touchpoints;

/// <summary>The way a customer and the shop meet.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Channel>))]
public enum Channel
{
    /// <summary>The shop's own site or app: visits, purchases, forms, reviews left there.</summary>
    [JsonStringEnumMemberName("web")] Web,

    [JsonStringEnumMemberName("email")] Email,

    [JsonStringEnumMemberName("phone")] Phone,

    /// <summary>Face to face: a counter, a fair, the courier at the door.</summary>
    [JsonStringEnumMemberName("in-person")] InPerson,

    /// <summary>A social network, in public.</summary>
    [JsonStringEnumMemberName("social")] Social,

    /// <summary>A live chat in which somebody waits for the answer.</summary>
    [JsonStringEnumMemberName("chat")] Chat,

    /// <summary>Private messages that are not waited for: SMS, WhatsApp, direct messages.</summary>
    [JsonStringEnumMemberName("messaging")] Messaging,

    /// <summary>Letters and parcels.</summary>
    [JsonStringEnumMemberName("post")] Post,
}

/// <summary>Who spoke first: the customer (inbound) or the shop (outbound).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Direction>))]
public enum Direction
{
    [JsonStringEnumMemberName("inbound")] Inbound,

    [JsonStringEnumMemberName("outbound")] Outbound,
}

/// <summary>
/// Where the customer stands in the purchase, in order: the need is felt, information is sought, alternatives are
/// evaluated, the choice is made, the thing is used (the five stages of the consumer decision process: Engel, Kollat
/// and Blackwell, <i>Consumer Behavior</i>, 1968).
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

/// <summary>The words as people and JSON read them: the same text in both.</summary>
public static class Vocabulary
{
    /// <summary>The channel's JSON name, such as <c>in-person</c>.</summary>
    public static string Word(this Channel channel) => channel switch
    {
        Channel.Web => "web",
        Channel.Email => "email",
        Channel.Phone => "phone",
        Channel.InPerson => "in-person",
        Channel.Social => "social",
        Channel.Chat => "chat",
        Channel.Messaging => "messaging",
        Channel.Post => "post",
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "Not a channel."),
    };

    /// <summary>The stage's JSON name, such as <c>post-sale</c>.</summary>
    public static string Word(this Stage stage) => stage switch
    {
        Stage.Need => "need",
        Stage.Information => "information",
        Stage.Evaluation => "evaluation",
        Stage.Decision => "decision",
        Stage.PostSale => "post-sale",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "Not a stage."),
    };
}
