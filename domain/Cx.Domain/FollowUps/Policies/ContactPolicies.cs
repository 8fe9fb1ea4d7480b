using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether the shop may write to the customer at all.</summary>
internal static class ContactPolicies
{
    internal static Finding Sending(Look look) => look.Shop.Sending switch
    {
        Shops.Sending.On => new("sending", "switched on"),
        Shops.Sending.Paused => new("sending", "paused", Reason.SendingPaused),
        _ => new("sending", "switched off", Reason.SendingOff),
    };

    internal static Finding Address(Look look)
    {
        var (known, what) = look.Step.Channel switch
        {
            Channel.Email => (look.Customer.Details.Email is not null, "e-mail address"),
            Channel.Phone or Channel.Messaging => (look.Customer.Details.Phone is not null, "phone number"),
            Channel.Social => (look.Customer.Details.Handle is not null, "handle"),
            _ => (true, "address of its own"),
        };
        return known ? new("address", $"{what} known") : new("address", $"no {what} known", Reason.NoAddress, Final: true);
    }

    /// <summary>Consent by category: none for transactional contact, no objection for service, opt-in or the soft opt-in for marketing.</summary>
    internal static Finding Consent(Look look) => look.Step.Category switch
    {
        Category.Transactional => new("consent", "transactional: none needed"),
        _ when Objection(look) is { } objected => new("consent", $"objected on {Say(objected)}", Reason.Objected, Final: true),
        Category.Service => new("consent", "service about an existing contact: no objection"),
        _ when OptIn(look) is { } given => new("consent", $"opted in on {Say(given)}"),
        _ when IsSoft(look) => new("consent", "soft opt-in: address left with a sale, the shop attests the notice"),
        _ => new("consent", "no opt-in, and no soft opt-in applies", Reason.NoConsent, Final: true),
    };

    /// <summary>
    /// The soft opt-in of Directive 2002/58/EC, article 13(2): e-mail only, an address obtained with a sale, a shop that attests the
    /// notice at collection, never after an objection. It holds for products analogous to those bought.
    /// </summary>
    internal static bool IsSoft(Look look) =>
        look.Step is { Category: Category.Marketing, Channel: Channel.Email }
        && look.Shop.Policy.SoftOptIn
        && OptIn(look) is null
        && Objection(look) is null
        && look.Customer.Orders.Values.Any(o => o.PlacedAt is not null);

    internal static Finding Offer(Look look) =>
        look.Step.Kind != StepKind.Offer ? new("offer", "offers nothing")
        : look.Offers is not { } products ? new("offer", "not looked up")
        : products.Count == 0 ? new("offer", "nothing to offer", Reason.NothingToOffer, Final: true)
        : IsSoft(look) && !products.All(p => p.Analogous) ? new("offer", "under the soft opt-in only products analogous to those bought", Reason.NothingToOffer, Final: true)
        : new("offer", $"{products.Count} to offer");

    private static DateTimeOffset? OptIn(Look look) =>
        Statement(look) is { Given: true, Basis: ConsentBasis.OptIn } consent ? consent.At : null;

    /// <summary>An objection in words, or by marking a message as spam after the last consent.</summary>
    private static DateTimeOffset? Objection(Look look)
    {
        var said = Statement(look);
        var spam = look.Customer.SpamReports.Values.Where(r => r.Channel == look.Step.Channel).Max(r => (DateTimeOffset?)r.At);
        return said is { Given: false } ? said.At
            : look.Step.Category == Category.Marketing && spam is not null && !(said is { Basis: ConsentBasis.OptIn } && said.At > spam) ? spam
            : null;
    }

    private static Consent? Statement(Look look) => look.Customer.Consents.GetValueOrDefault(
        ConsentKey.Of(look.Step.Channel, look.Step.Category == Category.Service ? Purpose.Service : Purpose.Marketing));
}
