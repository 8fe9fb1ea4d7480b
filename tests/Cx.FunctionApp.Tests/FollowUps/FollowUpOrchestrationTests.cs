using System.Text.Json.Nodes;
using Cx.FunctionApp.FollowUps;
using Cx.FunctionApp.Tests.Hosting;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>What needs no time to pass runs on a task hub.</summary>
public sealed class FollowUpOrchestrationTests : IAsyncLifetime
{
    private static readonly FollowUpTimer Timer = new(new("bottega"), new("c1"), new("f1"));
    private static readonly DateTimeOffset Later = new(2099, 3, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly NextWake Ended = new(Ended: true, null), WhenFactsChange = new(Ended: false, null);

    private TaskHub hub = null!;

    public async Task InitializeAsync() => hub = await TaskHub.Start(_ => Task.FromResult(WhenFactsChange));

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changed_facts_wake_it_whether_it_waits_for_an_instant_or_not(bool sleeps)
    {
        hub.Wake = _ => Task.FromResult(WhenFactsChange with { At = sleeps ? Later : null });
        await Start();
        await hub.Woken(1);

        await Raise();
        await hub.Woken(2);
        await Raise();

        await hub.Woken(3);
        Assert.All(hub.Wakes, timer => Assert.Equal(Timer, timer));
    }

    [Fact]
    public async Task What_changes_during_a_wake_leads_to_one_more_however_often_it_is_notified()
    {
        var wakes = 0;
        hub.Wake = async _ =>
        {
            if (++wakes == 1)
            {
                await Task.WhenAll(Raise(), Raise(), Raise());
            }

            return wakes < 3 ? WhenFactsChange : Ended;
        };

        await Start();
        await hub.Woken(2);
        await Raise();

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await hub.Ended(Timer.FollowUp.Value));
        Assert.Equal(3, hub.Wakes.Count);
    }

    [Fact]
    public async Task An_ended_follow_up_ends_it_though_a_timer_runs()
    {
        hub.Wake = _ => Task.FromResult(hub.Wakes.Count == 0 ? WhenFactsChange with { At = Later } : Ended);
        await Start();
        await hub.Woken(1);

        await Raise();

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await hub.Ended(Timer.FollowUp.Value));
    }

    [Fact]
    public async Task It_runs_on_through_new_histories_with_its_input_and_hears_what_comes_in_between()
    {
        await Start();
        for (var wakes = 1; wakes <= (2 * WakeTiming.WakesPerHistory) + 1; wakes++)
        {
            await hub.Woken(wakes);
            await Raise();
        }

        await hub.Woken((2 * WakeTiming.WakesPerHistory) + 2);
        Assert.All(hub.Wakes, timer => Assert.Equal(Timer, timer));
    }

    [Fact]
    public void The_task_hub_starts_them_with_the_current_version_and_keeps_newer_ones_from_older_code()
    {
        var hub = JsonNode.Parse(File.ReadAllText(RepositoryFile.Path("host.json")))!["extensions"]!["durableTask"]!;

        Assert.Equal((FollowUpOrchestration.Version, "CurrentOrOlder", "Reject"), ((string?)hub["defaultVersion"], (string?)hub["versionMatchStrategy"], (string?)hub["versionFailureStrategy"]));

        // As Azure Storage names a hub's tables and queues; with any other name the Functions host does not start.
        Assert.Matches("^[A-Za-z][A-Za-z0-9]{2,44}$", (string?)hub["hubName"]);
    }

    private Task Start() => hub.NotifyOrStart(Timer, due: null, now: Later, () => default, CancellationToken.None);

    private Task Raise() => hub.RaiseEventAsync(Timer.FollowUp.Value, FollowUpOrchestration.FactsChanged);
}
