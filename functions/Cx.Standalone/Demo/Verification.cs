using System.Globalization;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>One event of a customer's timeline.</summary>
internal sealed record SnapshotEvent(string Type, JsonElement Data);

/// <summary>A customer as the API shows it.</summary>
internal sealed record SnapshotCustomer(string Id, JsonElement View, IReadOnlyList<SnapshotEvent> Events)
{
    public string? Name => View.GetProperty("details").GetProperty("name").GetString();

    public IEnumerable<JsonElement> Orders => View.GetProperty("orders").EnumerateArray();

    public IEnumerable<JsonElement> Steps => View.GetProperty("followUps").EnumerateArray().SelectMany(f => f.GetProperty("steps").EnumerateArray());
}

/// <summary>The answers of the API about the demo shop after the season.</summary>
internal sealed record Snapshot(IReadOnlyList<SnapshotCustomer> Customers, int Failed)
{
    public static async Task<Snapshot> Read(DemoClient client)
    {
        var customers = new List<SnapshotCustomer>();
        foreach (var item in await client.All($"{DemoClient.Path}/customers"))
        {
            var id = item.GetProperty("id").GetString()!;
            var events = await client.All($"{DemoClient.Path}/customers/{id}/touchpoints");
            customers.Add(new(
                id, await client.Get($"{DemoClient.Path}/customers/{id}"), [.. events.Select(e => new SnapshotEvent(e.GetProperty("type").GetString()!, e.GetProperty("data")))]));
        }

        return new(customers, (await client.All($"{DemoClient.Path}/failed-deliveries")).Count);
    }

    public SnapshotCustomer? Of(DemoCustomer person) => Customers.FirstOrDefault(c => c.Name == person.Name);
}

/// <summary>Compares the answers of the API with the client's own log: nothing is lost, nothing is stored twice.</summary>
internal static class Verification
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

    /// <summary>Every difference, one line each.</summary>
    public static IReadOnlyList<string> Differences(Season season, DeliveryLog log, Snapshot snapshot)
    {
        var orders = season.Orders.Where(p => p.PaidAt < season.End && p.Buyer != ScriptedJourneys.Erased).ToList();
        return
        [
            .. log.Errors,
            .. orders.SelectMany(order => OrderDifferences(order, season.End, snapshot)),
            .. OrderCountDifference(orders.Count, snapshot),
            .. TouchpointDifferences(log, snapshot),
            .. snapshot.Failed == 0 ? Array.Empty<string>() : [$"{snapshot.Failed} deliveries failed"],
            .. snapshot.Of(ScriptedJourneys.Erased) is null ? Array.Empty<string>() : ["the customer who asked to be erased is still stored"],
        ];
    }

    private static IEnumerable<string> OrderDifferences(DemoOrder posted, DateTimeOffset end, Snapshot snapshot)
    {
        var id = posted.Id.ToString(CultureInfo.InvariantCulture);
        var copies = snapshot.Customers.SelectMany(c => c.Orders, (c, order) => (Customer: c, Order: order)).Where(x => x.Order.GetProperty("id").GetString() == id).ToList();
        if (copies is not [var (customer, stored)])
        {
            return [$"order {id} is stored {copies.Count} times"];
        }

        // Facts less than a day before the end may not have been posted yet.
        var settled = end.AddDays(-1);
        return new (string Fact, bool Expected, bool IsStored)[]
        {
            ("buyer", true, customer.Name == posted.Buyer.Name),
            ("placedAt", true, stored.GetProperty("placedAt").GetDateTimeOffset() - posted.PlacedAt < TimeSpan.FromSeconds(1)),
            ("shippedAt", posted.ShippedAt < settled, Has(stored, "shippedAt")),
            ("deliveredAt", posted.DeliveredAt < settled && (posted.Buyer.Platform == Platform.Shopify || posted.Number % RegularTraffic.Untracked != 1), Has(stored, "deliveredAt")),
            ("cancelledAt", posted.CancelledAt < settled, Has(stored, "cancelledAt")),
            ("refunds", posted.RefundedAt < settled, stored.GetProperty("refunds").GetArrayLength() == 1),
        }.Where(f => f.Expected && !f.IsStored).Select(f => $"order {id} has a wrong {f.Fact}");
    }

    private static IEnumerable<string> OrderCountDifference(int expected, Snapshot snapshot) =>
        snapshot.Customers.Sum(c => c.Orders.Count()) is var stored && stored == expected ? [] : [$"{stored} orders are stored, {expected} were posted"];

    private static IEnumerable<string> TouchpointDifferences(DeliveryLog log, Snapshot snapshot)
    {
        var posted = log.Answers.Where(a => a.Delivery is { Route: IntakeRoute.Api, Expected: ExpectedAnswer.Accepted }).Select(a => a.Delivery).Distinct().CountBy(d => d.Topic);
        var stored = snapshot.Customers.SelectMany(c => c.Events).CountBy(e => e.Type).ToDictionary();
        return from p in posted
               let found = stored.GetValueOrDefault(StoredNames[p.Key])
               where found != p.Value
               select $"{p.Value} touchpoints '{p.Key}' were posted, {found} are stored";
    }

    private static bool Has(JsonElement order, string fact) => order.GetProperty(fact).ValueKind != JsonValueKind.Null;
}
