using Cx.Domain.Privacy;

namespace Cx.Domain.Touchpoints;

/// <summary>The question a rating answers: satisfaction 1-5, recommendation 0-10, ease 1-7 (7 = easy).</summary>
public enum FeedbackKind { Csat, Nps, Ces }

/// <summary>A customer answered a rating question.</summary>
/// <param name="Score">CSAT 1-5, NPS 0-10, CES 1-7.</param>
public sealed record FeedbackGiven(string Feedback, FeedbackKind Kind, int Score, OrderId? Order, Channel Channel, Stage Stage, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A customer reviewed a product or the shop, or changed the review.</summary>
/// <param name="Stars">1-5.</param>
public sealed record ReviewPosted(string Review, int Stars, OrderId? Order, ProductId? Product, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A customer spoke of the shop in public.</summary>
/// <param name="Sentiment">-1 (hostile) to 1 (full of praise).</param>
/// <param name="Audience">How many people it may have reached; 0 when unknown.</param>
public sealed record MentionMade(string Mention, double Sentiment, long Audience, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A customer brought another.</summary>
public sealed record ReferralMade(string Referral, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>A customer marked a message of ours as spam.</summary>
public sealed record SpamReported(string Report, Channel Channel, DateTimeOffset OccurredAt) : ICustomerEvent;
