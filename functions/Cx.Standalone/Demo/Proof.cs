using System.Globalization;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>Holds what the API says against the world's own book: nothing lost, nothing twice.</summary>
internal static class Proof
{
    private static readonly Dictionary<string, string> StoredNames = new()
    {
        ["contact"] = "contact-made.v1",
        ["answer"] = "contact-answered.v1",
        ["feedback"] = "feedback-given.v1",
        ["review"] = "review-posted.v1",
        ["complaint"] = "complaint-opened.v1",
        ["resolution"] = "complaint-resolved.v1",
        ["mention"] = "mention-made.v1",
        ["referral"] = "referral-made.v1",
        ["refund-request"] = "refund-requested.v1",
    };

    /// <summary>What does not agree; nothing, when all is well.</summary>
    public static IReadOnlyList<string> Lost(Season season, Ledger ledger, Found found)
    {
        var told = season.Purchases.Where(p => p.PaidAt < season.End && p.Buyer != Stories.Forgotten).ToList();
        return
        [
            .. ledger.Complaints,
            .. told.SelectMany(p => Wrong(p, season.End, found)),
            .. Orders(told.Count, found),
            .. Words(ledger, found),
            .. found.Failed == 0 ? Array.Empty<string>() : [$"{found.Failed} deliveries could not be translated"],
            .. found.Of(Stories.Forgotten) is null ? Array.Empty<string>() : ["the customer who asked to be forgotten is still there"],
        ];
    }

    private static IEnumerable<string> Wrong(Purchase p, DateTimeOffset end, Found found)
    {
        var id = p.Id.ToString(CultureInfo.InvariantCulture);
        var copies = found.Customers.SelectMany(c => c.Orders, (c, order) => (Customer: c, Order: order)).Where(x => x.Order.GetProperty("id").GetString() == id).ToList();
        if (copies is not [var (customer, order)])
        {
            return [$"order {id} is there {copies.Count} times"];
        }

        // Facts told less than a day before the end may be under way still.
        var settled = end.AddDays(-1);
        return new (string Fact, bool Expected, bool There)[]
        {
            ("buyer", true, customer.Name == p.Buyer.Name),
            ("placedAt", true, order.GetProperty("placedAt").GetDateTimeOffset() - p.PlacedAt < TimeSpan.FromSeconds(1)),
            ("shippedAt", p.ShippedAt < settled, Has(order, "shippedAt")),
            ("deliveredAt", p.DeliveredAt < settled && (p.Buyer.Platform == Platform.Shopify || p.Number % Ordinary.Untracked != 1), Has(order, "deliveredAt")),
            ("cancelledAt", p.CancelledAt < settled, Has(order, "cancelledAt")),
            ("refunds", p.RefundedAt < settled, order.GetProperty("refunds").GetArrayLength() == 1),
        }.Where(f => f.Expected && !f.There).Select(f => $"order {id} has the wrong {f.Fact}");
    }

    private static IEnumerable<string> Orders(int expected, Found found) =>
        found.Customers.Sum(c => c.Orders.Count()) is var there && there == expected ? [] : [$"{there} orders are there, {expected} were told"];

    private static IEnumerable<string> Words(Ledger ledger, Found found)
    {
        var told = ledger.Entries.Where(e => e.Posting is { Door: Door.Api, Expected: Expected.Taken }).Select(e => e.Posting).Distinct().CountBy(p => p.Topic);
        var there = found.Customers.SelectMany(c => c.Events).CountBy(e => e.Type).ToDictionary();
        return told.Where(t => there.GetValueOrDefault(StoredNames[t.Key]) != t.Value).Select(t => $"{t.Value} touchpoints '{t.Key}' were told, {there.GetValueOrDefault(StoredNames[t.Key])} are there");
    }

    private static bool Has(JsonElement order, string fact) => order.GetProperty(fact).ValueKind != JsonValueKind.Null;
}
