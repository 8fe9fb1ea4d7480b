using System.Collections.Concurrent;
using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>A host that is asked to stop finishes the requests and messages in progress.</summary>
public sealed class StopTests
{
    private const int Orders = 120, StoppedAfter = 40;

    [Fact]
    public async Task Stopping_under_load_loses_nothing_and_leaves_no_message_in_doubt()
    {
        await using var smtp = MailServer.Start();
        var database = await Database.Prepared();
        var accepted = new ConcurrentDictionary<int, bool>();
        DateTimeOffset placed;
        await using (var host = await Installation.Start(database, smtp))
        {
            using var shop = await host.Open("stop");
            placed = await shop.Now();
            Task? stopped = null;
            await Parallel.ForEachAsync(Enumerable.Range(0, Orders), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            {
                try
                {
                    if ((await Post(shop, i, placed)).IsSuccessStatusCode)
                    {
                        accepted[i] = true;
                    }
                }
                catch (HttpRequestException)
                {
                    return;     // it no longer listens
                }

                if (accepted.Count >= StoppedAfter && Interlocked.CompareExchange(ref stopped, Task.CompletedTask, null) is null)
                {
                    await host.Stop();
                }
            });
        }

        Assert.InRange(accepted.Count, StoppedAfter, Orders);
        await using var next = await Installation.Start(database, smtp);
        using var again = new Shop(next.Address, "stop");
        foreach (var i in accepted.Keys)
        {
            var answer = await Post(again, i, placed);
            Assert.Equal((HttpStatusCode.OK, "duplicate"), (answer.StatusCode, (string)(await answer.Json())["status"]!));
        }

        await again.Advance("PT1H");
        var events = await next.Tables.Events("stop", "order-placed.v1");
        Assert.InRange(events.Events, accepted.Count, Orders);
        Assert.Equal(events.Events, events.Streams);
        Assert.Empty(await again.All("/messages?state=in-doubt"));
        Assert.Equal(smtp.Count, smtp.Mails.Select(m => m.To.Single()).Distinct().Count());
    }

    private static Task<HttpResponseMessage> Post(Shop shop, int i, DateTimeOffset placed) => shop.Shopify("orders/create", $"d-{i}", Payloads.Order(20_000 + i, $"buyer-{i}@example.com", placed));
}
