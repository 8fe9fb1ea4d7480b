using System.Net;
using Cx.Application.EventStore.Projections;
using Cx.Tests.Support;
using Marten;
using Npgsql;

namespace Cx.Tests.Api;

public sealed class HealthTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task While_looking_for_new_events_hangs_the_process_is_not_ready()
    {
        // With an event to follow, so that all subscriptions have started once they have caught up.
        await using var host = await ApiHost.StartWithShop(TimeProvider.System);
        ((DocumentStore)host.Get<IDocumentStore>()).Options.Projections.HighWaterStalenessThreshold = TimeSpan.FromSeconds(2);
        Assert.True(await host.Get<LogDaemon>().CatchUp(default, default));
        await Until(host, HttpStatusCode.OK);

        await using (var blocker = await host.Database.OpenConnectionAsync())
        {
            await using var transaction = await blocker.BeginTransactionAsync();
            await using var taken = new NpgsqlCommand("lock table mt_events, mt_event_progression in access exclusive mode", blocker);
            await taken.ExecuteNonQueryAsync();

            Assert.Contains("log-not-followed", await Until(host, HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        }

        await Until(host, HttpStatusCode.OK);
    }

    private static async Task<string> Until(ApiHost host, HttpStatusCode status)
    {
        using var end = new CancellationTokenSource(Timeout);
        while (true)
        {
            using var response = await host.Client.GetAsync("health/ready", end.Token);
            if (response.StatusCode == status)
            {
                return await response.Content.ReadAsStringAsync(end.Token);
            }
        }
    }
}
