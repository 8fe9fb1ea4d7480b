using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>Two processes on one database share the work.</summary>
public sealed class TwoHostsTests
{
    [Fact]
    public async Task Webhooks_to_both_are_applied_once_and_messages_sent_once()
    {
        const int Orders = 40;
        await using var smtp = MailServer.Start();
        await using var one = await Installation.Start(smtp: smtp);
        await using var other = await Installation.Start(one.Tables.Connection, smtp);
        using var shop = await one.Open("shared");
        using var elsewhere = new Shop(other.Address, shop.Name);
        var placed = await shop.Now();

        var answers = await Task.WhenAll(Enumerable.Range(0, Orders).SelectMany(i => new[] { shop, elsewhere }.Select(s =>
            s.Shopify("orders/create", $"d-{i}", Payloads.Order(100 + i, $"buyer-{i}@example.com", placed)))));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Equal((Orders, Orders), await one.Tables.Events(shop.Name, "order-placed.v1"));

        await Task.WhenAll(shop.Advance("PT1H"), elsewhere.Advance("PT1H"));
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buyers = new HashSet<string>();
        while (buyers.Count < Orders)
        {
            Assert.True(buyers.Add((await smtp.Next(timeout.Token)).To.Single()), "a customer got two thank-you messages");
        }

        await Task.WhenAll(shop.Advance("PT1H"), elsewhere.Advance("PT1H"));
        Assert.Equal(Orders, smtp.Count);
    }

    [Fact]
    public async Task A_secret_changed_at_one_is_known_at_the_other()
    {
        await using var one = await Installation.Start();
        await using var other = await Installation.Start(one.Tables.Connection);
        using var shop = await one.Open("rotating");
        using var elsewhere = new Shop(other.Address, shop.Name);
        var order = Payloads.Order(1, "ada@example.com", await shop.Now());
        Assert.Equal(HttpStatusCode.OK, (await elsewhere.Shopify("orders/create", "d-1", order)).StatusCode);

        await shop.Connect("shopify", "a-secret-of-today");

        Assert.Equal(HttpStatusCode.OK, (await elsewhere.Shopify("orders/create", "d-2", order, "a-secret-of-today")).StatusCode);
    }
}
