using System.Reflection;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.FunctionApp.Tests.FollowUps;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests;

public sealed class UpkeepTimerTests
{
    [Fact]
    public void Every_timer_has_a_second_of_its_own()
    {
        var schedules = typeof(Schedules).Assembly.GetTypes().SelectMany(t => t.GetMethods()).SelectMany(m => m.GetParameters())
            .Select(p => p.GetCustomAttribute<TimerTriggerAttribute>()?.Schedule).OfType<string>().ToList();

        Assert.Equal(typeof(Schedules).GetFields().Select(f => (string)f.GetRawConstantValue()!).Order(), schedules.Order());
        Assert.All(schedules, s => Assert.Equal(6, s.Split(' ').Length));
        Assert.Equal(schedules.Count, schedules.Select(s => s.Split(' ')[0]).Distinct().Count());
    }

    [Fact]
    public async Task Histories_of_ended_orchestrations_are_purged_and_of_failed_ones_kept()
    {
        await using var site = await FollowUpSite.Open();

        await Timers(site).PurgeEndedTimers(new(), site.Hub, CancellationToken.None);

        Assert.Equal((DateTimeOffset.UnixEpoch, site.Time.GetUtcNow() - TimeSpan.FromDays(1)), (site.Hub.Purged!.CreatedFrom, site.Hub.Purged.CreatedTo));
        Assert.Equal([OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Terminated], site.Hub.Purged.Statuses);
    }

    private static UpkeepTimers Timers(FollowUpSite site) => new(
        new PayloadMover(site.Site.Data, new NoPayloadStore()), new ArchiveRule(ArchivePlace.Postgres), new Retention(site.Site.Data),
        new Rewrapping(site.Site.Data, InstallationKeys.Generate(), NullLogger<Rewrapping>.Instance), site.Time);
}
