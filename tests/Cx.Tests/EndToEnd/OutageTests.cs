using System.Collections.Concurrent;
using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>While the store is unavailable the host answers 503, stores nothing partially, and recovers without a restart.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task While_the_store_is_unavailable_everything_gets_503_and_afterwards_is_accepted()
    {
        var database = await Database.Create();
        await using var wire = new Wire(database);
        await using var smtp = MailServer.Start();
        await using var host = await Installation.Start(database, smtp, wire.Connection);
        using var shop = await host.Open("outage");
        await FollowUpTests.Deliver(shop, "ada@example.com", 1);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var thanks = await smtp.Next(timeout.Token);
        await shop.Advance("PT1S");         // nothing is in progress any more
        var now = await shop.Now();
        var order = Payloads.Order(2, "grace@example.com", now);
        var before = await host.Tables.Rows(shop.Name);

        wire.Cut();
        foreach (var answer in new[]
        {
            await shop.Shopify("orders/create", "g-1", order),
            await shop.WooCommerce("order.created", Payloads.WooCommerce(3, "jean@example.com", now, now, "processing")),
            await shop.Touchpoints("k-1", Payloads.Touchpoint("v-1", "visit", now, "jean@example.com")),
            await shop.Api.GetAsync($"{shop.Path}/customers"),
            await shop.Api.GetAsync("health/ready"),
        })
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "store-unavailable"), (answer.StatusCode, await answer.Code()));
        }

        Assert.Equal(HttpStatusCode.OK, (await shop.Api.GetAsync("health/live")).StatusCode);
        var after = await host.Tables.Rows(shop.Name);
        Assert.All(["cx_deliveries", "cx_archive", "cx_identifiers", "cx_waiting", "cx_failed_deliveries", "cx_customers"], table => Assert.Equal(before[table], after[table]));

        wire.Mend();
        var again = await shop.Shopify("orders/create", "g-1", order);
        Assert.Equal((HttpStatusCode.OK, "applied"), (again.StatusCode, (string)(await again.Json())["status"]!));
        await shop.Advance("P9D");
        Assert.Equal((2L, 2L), await host.Tables.Events(shop.Name, "order-placed.v1"));
        ReceivedMail[] later = [await smtp.Next(timeout.Token), await smtp.Next(timeout.Token)];
        Assert.Equal(("ada@example.com", 2), (thanks.To.Single(), later.Select(m => m.To.Single()).Distinct().Count()));
        Assert.Equal(3, smtp.Count);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_not_waited_for_by_the_readiness()
    {
        var database = await Database.Prepared();
        await using var wire = new Wire(database);
        await using var host = await Installation.Start(database, way: wire.Connection);
        using var shop = await host.Open("silent", sending: "off");
        Assert.Equal(HttpStatusCode.OK, (await shop.Api.GetAsync("health/ready")).StatusCode);

        // Without a deadline of its own the endpoint waits as long as Npgsql does, which is longer than this test waits.
        wire.Silence();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var answer = await shop.Api.GetAsync("health/ready", patience.Token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "store-unavailable"), (answer.StatusCode, await answer.Code()));
        wire.Cut();
        wire.Mend();
        Assert.Equal(HttpStatusCode.OK, (await shop.Api.GetAsync("health/ready", patience.Token)).StatusCode);
    }

    [Fact]
    public async Task A_connection_lost_under_load_leaves_each_delivery_stored_completely_or_not_at_all()
    {
        const int Orders = 120, CutAfter = 40;
        var database = await Database.Create();
        await using var wire = new Wire(database);
        await using var host = await Installation.Start(database, way: wire.Connection);
        using var shop = await host.Open("torn", sending: "off");
        var placed = await shop.Now();
        var first = new ConcurrentDictionary<int, HttpStatusCode>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Orders), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            first[i] = (await Post(i)).StatusCode;
            if (first.Count == CutAfter)
            {
                wire.Cut();
            }
        });
        wire.Mend();

        Assert.All(first.Values, status => Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable }));
        Assert.Contains(HttpStatusCode.ServiceUnavailable, first.Values);
        for (var i = 0; i < Orders; i++)
        {
            var answer = await Post(i);
            var status = (string)(await answer.Json())["status"]!;
            Assert.Equal((i, HttpStatusCode.OK), (i, answer.StatusCode));
            Assert.True(status == "duplicate" || first[i] != HttpStatusCode.OK, $"{i} was {status}");
        }

        Assert.Equal((Orders, Orders), await host.Tables.Events(shop.Name, "order-placed.v1"));
        Assert.Equal((Orders, Orders), (await host.Tables.Count("cx_deliveries", shop.Name), await host.Tables.Count("cx_archive", shop.Name)));

        Task<HttpResponseMessage> Post(int i) => shop.Shopify("orders/create", $"d-{i}", Payloads.Order(30_000 + i, $"buyer-{i}@example.com", placed));
    }
}
