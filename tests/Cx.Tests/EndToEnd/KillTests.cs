using System.Collections.Concurrent;
using System.Net;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>kill -9 under load: what was answered with 2xx is stored once, and no message is sent twice.</summary>
public sealed class KillTests
{
    private const int Orders = 160, KilledAfter = 60;

    [Fact]
    public async Task Every_2xx_is_stored_once_and_no_message_is_sent_twice()
    {
        var database = await Database.Prepared();
        using var folder = TestFolder.Create();
        await using var smtp = MailServer.Start();
        await using var tables = new Tables(database);
        var arguments = Installation.Arguments(database, folder.Data.Path, smtp);
        var accepted2xx = new ConcurrentDictionary<int, bool>();
        DateTimeOffset placed;

        await using (var doomed = await HostProcess.Start(arguments))
        {
            using var shop = await Shop.Open(doomed.Address, "kill", "on");
            placed = await shop.Now();
            Task? killed = null;
            await Parallel.ForEachAsync(Enumerable.Range(0, Orders), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            {
                try
                {
                    var answer = await Post(shop, i, placed);
                    if (answer.IsSuccessStatusCode)
                    {
                        accepted2xx[i] = true;
                    }
                }
                catch (HttpRequestException)
                {
                    return;     // the process is dead, or died during this request
                }

                if (accepted2xx.Count >= KilledAfter && Interlocked.CompareExchange(ref killed, Task.CompletedTask, null) is null)
                {
                    await doomed.Kill();
                }
            });
        }

        Assert.InRange(accepted2xx.Count, KilledAfter, Orders - 1);

        await using var next = await HostProcess.Start(arguments);
        using var again = new Shop(next.Address, "kill");
        var statuses = new ConcurrentDictionary<int, string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Orders), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var answer = await Post(again, i, placed);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            statuses[i] = (string)(await answer.Json())["status"]!;
        });

        Assert.All(accepted2xx.Keys, i => Assert.Equal("duplicate", statuses[i]));
        Assert.Equal((Orders, Orders), await tables.Events("kill", "order-placed.v1"));
        Assert.Equal(Orders, await tables.Count("cx_customers", "kill"));

        await again.Advance("PT1H");
        var messages = await again.All("/messages");
        Assert.Equal(Orders, messages.Count);
        Assert.Equal(Orders, messages.Select(m => (string)m["customer"]!).Distinct().Count());
        Assert.Equal(smtp.Count, smtp.Mails.Select(m => m.To.Single()).Distinct().Count());
        var accepted = messages.Count(m => (string)m["state"]! == "accepted");
        var unsettled = messages.Count(m => (string)m["state"]! is "in-doubt" or "sending" or "queued");
        Assert.Equal(Orders, accepted + unsettled);
        Assert.InRange(smtp.Count, accepted, Orders);
        Assert.InRange(unsettled, 0, 64);       // at most what the dead process was sending
    }

    private static Task<HttpResponseMessage> Post(Shop shop, int i, DateTimeOffset placed) => shop.Shopify("orders/create", $"d-{i}", Payloads.Order(10_000 + i, $"buyer-{i}@example.com", placed));
}
