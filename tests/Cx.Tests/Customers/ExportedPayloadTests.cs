using System.Net;
using System.Text.Json.Nodes;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Tests.Support;

namespace Cx.Tests.Customers;

public sealed class ExportedPayloadTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_export_shows_payloads_wherever_they_lie()
    {
        var outside = new OutsidePayloads();
        await using var host = await ApiHost.StartWithShop(new HandClock(Now), payloads: outside);
        var export = $"api/shops/{ApiHost.Shop}/customers/{await Reported(host, "first", "1")}/export";
        await new PayloadMover(host.Database, outside).Run(ArchivePlace.Blobs, default);
        await Reported(host, "second", "2");

        Assert.Equal(["first", "second"], Notes(await host.Read(export)));

        await new PayloadMover(host.Database, outside).Run(ArchivePlace.Postgres, default);
        outside.Away = true;
        Assert.Equal(["first", "second"], Notes(await host.Read(export)));
    }

    [Fact]
    public async Task While_the_store_outside_is_away_there_is_no_export_that_looks_whole()
    {
        var outside = new OutsidePayloads();
        await using var host = await ApiHost.StartWithShop(new HandClock(Now), payloads: outside);
        var id = await Reported(host, "first", "1");
        await new PayloadMover(host.Database, outside).Run(ArchivePlace.Blobs, default);
        outside.Away = true;

        var answer = await host.Client.GetAsync($"api/shops/{ApiHost.Shop}/customers/{id}/export");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "payload-unreachable"), (answer.StatusCode, await answer.Code()));
    }

    [Fact]
    public async Task An_export_is_sent_while_it_is_read()
    {
        var outside = new OutsidePayloads();
        await using var host = await ApiHost.StartWithShop(new HandClock(Now), payloads: outside);
        await Reported(host, new string('1', 100_000), "1");
        var id = await Reported(host, new string('2', 100_000), "2");
        await new PayloadMover(host.Database, outside).Run(ArchivePlace.Blobs, default);
        using var reader = new HttpClient { BaseAddress = host.Client.BaseAddress };
        reader.DefaultRequestHeaders.Authorization = host.Client.DefaultRequestHeaders.Authorization;

        // The first one is read once more, before the answer begins.
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reads = 0;
        outside.BeforeGet = () => ++reads > 2 ? second.Task : Task.CompletedTask;
        using var answer = await reader.GetAsync($"api/shops/{ApiHost.Shop}/customers/{id}/export", HttpCompletionOption.ResponseHeadersRead).WaitAsync(Timeout);
        await using var body = await answer.Content.ReadAsStreamAsync();
        Assert.NotEqual(0, await body.ReadAsync(new byte[1000]).AsTask().WaitAsync(Timeout));
        second.SetResult();

        Assert.EndsWith("}", await new StreamReader(body).ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(3, reads);
    }

    private static Task<CustomerId> Reported(ApiHost host, string note, string order) => host.Report(
        [(IdentifierKind.Email, "ada@example.com")], [new Domain.Touchpoints.OrderPaid(new(order), Now)], $$"""{"note": "{{note}}"}""");

    private static IEnumerable<string> Notes(JsonNode export) => export["payloads"]!.AsArray().Select(p => (string)p!["body"]!["note"]!).Order(StringComparer.Ordinal);
}
