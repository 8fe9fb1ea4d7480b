using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps;

/// <summary>The language a customer is written to in: the customer's own if the shop speaks it, else the shop's first.</summary>
public static class MessageLanguage
{
    public static string Of(Customer customer, ShopFacts shop)
    {
        var spoken = customer.Details.Language;
        return spoken is null ? shop.Languages[0]
            : shop.Languages.FirstOrDefault(l => string.Equals(l, spoken, StringComparison.OrdinalIgnoreCase))
            ?? shop.Languages.FirstOrDefault(l => string.Equals(Primary(l), Primary(spoken), StringComparison.OrdinalIgnoreCase))
            ?? shop.Languages[0];
    }

    private static string Primary(string tag) => tag.Split('-', '_')[0];
}
