using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.FollowUps.Simulating;
using Npgsql;

namespace Cx.Standalone.Demo;

/// <summary>Whether a simulation of what ran in a shop is what its log says.</summary>
/// <param name="Decisions">How many decisions the log has.</param>
/// <param name="Differences">One line each.</param>
internal sealed record LogComparison(int Customers, int Decisions, IReadOnlyList<string> Differences)
{
    private const int EventsAtOnce = 5_000;

    public static async Task<LogComparison> Run(IServiceProvider services, ShopId shop, DateTimeOffset to, CancellationToken ct)
    {
        await using var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(ct);
        var (histories, timeline) = (services.GetRequiredService<CustomerHistories>(), (await ShopTimelines.Read(connection, shop, to, ct))!);
        var (customers, decisions, differences) = (0, 0, new List<string>());
        for (CustomerId? after = null; ;)
        {
            var page = await histories.Read(connection, new(timeline.Moments[^1].Facts, to, after, _ => true, EventsAtOnce, Environment.ProcessorCount), ct);
            foreach (var history in page.Histories)
            {
                var check = LogCheck.Of(timeline, history, to);
                customers++;
                decisions += check.Decisions;
                differences.AddRange(check.Mismatches.Select(m => $"{history.Customer}: {(m.IsRecorded ? "only recorded" : "only simulated")}: {EventCatalog.NameOf(m.Event)} at {m.Event.OccurredAt:O}"));
            }

            if (page.Next is null)
            {
                return new(customers, decisions, differences);
            }

            after = page.Next;
        }
    }
}
