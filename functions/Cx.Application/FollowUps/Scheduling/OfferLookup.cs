using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Scheduling;

/// <summary>Where a wake looks up what may be offered to a customer: products, best first, each with its reason; empty when there are none.</summary>
public delegate Task<IReadOnlyList<OfferedProduct>> OfferLookup(ShopId shop, Customer customer, CancellationToken ct);
