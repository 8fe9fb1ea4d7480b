namespace Cx.Functions.FollowUps;

/// <summary>The addresses of follow-ups, messages and the way out of them.</summary>
public static class FollowUpRoutes
{
    public const string OfCustomer = "api/shops/{shop}/customers/{id}/follow-ups";
    public const string Why = "api/shops/{shop}/follow-ups/{id}/steps/{step}/why";
    public const string Messages = "api/shops/{shop}/messages";
    public const string Message = "api/shops/{shop}/messages/{id}";
    public const string Settle = "api/shops/{shop}/messages/{id}/settle";

    /// <summary>Where <see cref="Rendering.UnsubscribeLinks"/> leads.</summary>
    public const string Unsubscribe = "u/{token}";
}
