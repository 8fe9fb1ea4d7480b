using System.Collections.Concurrent;
using System.Diagnostics;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;

namespace Cx.Tests.Customers;

/// <summary>What a request reads of customers' items: a list none, an experience and an export all of them once.</summary>
public sealed class ReadingTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentQueue<(ActivityTraceId Trace, string Sql)> sent = [];
    private readonly ActivityListener listener;

    public ReadingTests()
    {
        listener = new()
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == "Npgsql" && activity.GetTagItem("db.query.text") is string sql)
                {
                    sent.Enqueue((activity.TraceId, sql));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task A_list_reads_no_items_and_an_experience_and_an_export_read_them_once()
    {
        await using var host = await ApiHost.StartWithShop(new HandClock(Now));
        var path = $"api/shops/{ApiHost.Shop}/customers";
        var customer = await host.Report(
            [(IdentifierKind.Email, "ada@example.com")],
            [.. Enumerable.Range(0, 300).Select(n => new FeedbackGiven($"f{n}", FeedbackKind.Csat, 1 + n % 5, null, Channel.Web, Stage.Decision, null, Now.AddDays(-n)))]);
        await host.Client.GetAsync(path);

        Assert.Empty(await Items(host, path));
        Assert.Empty(await Items(host, $"{path}?limit=1"));
        Assert.Single(await Items(host, $"{path}/{customer}/experience"));
        Assert.Single(await Items(host, $"{path}/{customer}/export"));
    }

    // The statements that read rows of states.
    private async Task<IReadOnlyList<string>> Items(ApiHost host, string path)
    {
        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var response = await host.Client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var statements = sent.Where(s => s.Trace == trace).Select(s => s.Sql).ToList();
        Assert.NotEmpty(statements);
        return statements.FindAll(s => s.Contains("cx_states", StringComparison.Ordinal));
    }
}
