using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>What Shopify says about e-mail marketing.</summary>
internal static class ShopifyConsents
{
    /// <summary>The payload of <c>customers_email_marketing_consent/update</c>.</summary>
    public static Translation Read(JsonFields payload, DateTimeOffset saidAt)
    {
        var identifiers = new List<RawIdentifier>();
        ShopifyCustomers.Add(identifiers, IdentifierKind.ShopCustomerId, payload.Id("customer_id"));
        ShopifyCustomers.Add(identifiers, IdentifierKind.Email, payload.Text("email_address"));
        var facts = new List<ICustomerEvent>();
        Add(facts, payload.Child("email_marketing_consent"), saidAt);
        return facts.Count == 0 ? new Translation.Nothing() : new Translation.Reports([new Report(identifiers, facts)]);
    }

    /// <summary>
    /// Subscribed is consent; unsubscribed, and redacted, is its withdrawal. Pending (the double opt-in is not confirmed), not
    /// subscribed and invalid say nothing about what the person wants.
    /// </summary>
    /// <param name="undated">The instant for a statement without its own; none: such a statement is left out, its own topic brings it.</param>
    public static void Add(List<ICustomerEvent> facts, JsonFields consent, DateTimeOffset? undated)
    {
        var at = consent.Instant("consent_updated_at") ?? undated;
        ICustomerEvent? fact = (consent.Text("state")?.ToLowerInvariant(), at) switch
        {
            ("subscribed", { } when) => Given(when),
            ("unsubscribed" or "redacted", { } when) => new ConsentWithdrawn(Channel.Email, Purpose.Marketing, ShopifySource.SourceName, when),
            _ => null,
        };
        if (fact is not null)
            facts.Add(fact);
    }

    /// <summary>The box ticked at the checkout; unticked, it says nothing about an earlier consent.</summary>
    public static void AddTicked(List<ICustomerEvent> facts, JsonFields order, DateTimeOffset at)
    {
        if (order.Flag("buyer_accepts_marketing") is true)
            facts.Add(Given(at));
    }

    private static ConsentGiven Given(DateTimeOffset at) => new(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, ShopifySource.SourceName, Wording: null, at);
}
