using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps;

/// <summary>The products that may be offered to the customer at this wake; none looked up is not the same as none found.</summary>
public sealed record OfferChoice(IReadOnlyList<OfferedProduct>? Products)
{
    public static OfferChoice NotLookedUp { get; } = new((IReadOnlyList<OfferedProduct>?)null);
}

public static class FollowUps
{
    /// <summary>What fresh facts start, end and withdraw, in the transaction that records them.</summary>
    public static IReadOnlyList<ICustomerEvent> React(Customer after, IReadOnlyList<ICustomerEvent> fresh, Situation s) => [];

    /// <summary>Decides every step that is due or held.</summary>
    public static IReadOnlyList<ICustomerEvent> Wake(Customer customer, Situation s, OfferChoice offers) => [];

    /// <summary>Whether a wake now needs the offers looked up first.</summary>
    public static bool WantsOffers(Customer customer, Situation s) => false;

    /// <summary>The earliest instant at which a wake could do something; never late, may be early.</summary>
    public static DateTimeOffset? NextDue(Customer customer, ShopFacts shop) => null;
}
