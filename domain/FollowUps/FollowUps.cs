using Cx.Domain.Customers;
using Cx.Domain.Shops;
namespace Cx.Domain.FollowUps;
public static class FollowUps
{
    public static IReadOnlyList<ICustomerEvent> React(Customer after, IReadOnlyList<ICustomerEvent> fresh, Situation s) => [];
    public static DateTimeOffset? NextDue(Customer customer, ShopFacts shop) => null;
}
