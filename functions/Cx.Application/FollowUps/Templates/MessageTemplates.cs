namespace Cx.Application.FollowUps.Templates;

/// <summary>The names of the templates that are shipped.</summary>
public static class MessageTemplates
{
    /// <summary>Transactional: never shows a review link or an offer, whatever the model holds.</summary>
    public const string ThankYou = "thank-you";

    public const string ReviewRequest = "review-request";

    public const string ReviewReminder = "review-reminder";

    public const string RelatedOffer = "related-offer";

    public static IReadOnlyList<string> All { get; } = [ThankYou, ReviewRequest, ReviewReminder, RelatedOffer];
}
