using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Scheduling;

/// <summary>Where a wake looks up what may be offered to a customer.</summary>
public interface IOfferSource
{
    /// <summary>The products that may be offered, best first, each with its reason; empty when there are none.</summary>
    Task<IReadOnlyList<OfferedProduct>> For(ShopId shop, Customer customer, CancellationToken ct);
}
