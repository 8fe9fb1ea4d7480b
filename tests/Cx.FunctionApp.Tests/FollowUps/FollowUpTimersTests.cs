using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;
using Cx.FunctionApp.FollowUps;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class FollowUpTimersTests : IAsyncLifetime
{
    private FollowUpSite site = null!;

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync() => await site.DisposeAsync();

    // Whether they have an origin depends on whether a test that runs beside this one traces.
    private static IEnumerable<FollowUpTimer> Untraced(IEnumerable<FollowUpTimer> timers) => timers.Select(t => t with { Origin = default }).OrderBy(t => t.FollowUp);

    [Fact]
    public async Task Every_started_follow_up_gets_an_orchestration_under_its_id_once()
    {
        var (ada, bob) = (await site.Site.Buyer("ada"), await site.Site.Buyer("bob"));

        await site.CatchUp();
        await site.CatchUp();

        FollowUpTimer[] expected = [new(Site.Shop, ada, await site.Only(ada)), new(Site.Shop, bob, await site.Only(bob))];
        Assert.Equal(expected.OrderBy(t => t.FollowUp), Untraced(site.Hub.Started));
        Assert.Empty(site.Hub.Notified);
        await site.Hub.Woken(2);
        Assert.Equal(expected.OrderBy(t => t.FollowUp), Untraced(site.Hub.Wakes));
    }

    [Fact]
    public async Task Changed_facts_are_notified_once_however_many_and_what_a_wake_writes_is_not()
    {
        var ada = await site.Site.Buyer("ada");
        await site.CatchUp();
        await site.Hub.Woken(1);
        await site.CatchUp();
        Assert.Empty(site.Hub.Notified);

        await site.Site.Record("ada", new OrderShipped(new("order-ada"), null, site.Time.GetUtcNow()));
        await site.Site.Record("ada", new OrderDelivered(new("order-ada"), null, site.Time.GetUtcNow()));
        await site.CatchUp();

        Assert.Equal([(await site.Only(ada)).Value], site.Hub.Notified);
        await site.Hub.Woken(2);
    }

    [Fact]
    public async Task What_moves_no_instant_forward_is_not_notified()
    {
        var ada = await site.Site.Buyer("ada");
        var id = (await site.Only(ada)).Value;
        await site.CatchUp();
        var asleep = await site.Hub.Asleep(id, site.Time.GetUtcNow());
        Assert.Equal("review-request", asleep.Step);
        await site.Site.Outbox.SendDue(CancellationToken.None);
        await site.Site.Outbox.Settle(CancellationToken.None);
        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(ada)).Status);

        await site.CatchUp();

        Assert.Empty(site.Hub.Notified);
        await site.Site.Record("ada", new OrderDelivered(new("order-ada"), null, site.Time.GetUtcNow()));
        await site.CatchUp();
        Assert.Single(site.Hub.Notified);
        await site.Hub.Woken(2);
    }

    [Fact]
    public async Task What_changes_while_a_wake_is_under_way_is_asked_about_again_later()
    {
        var now = site.Time.GetUtcNow();
        site.Hub.Wake = async timer => await site.Activity.Run(timer, CancellationToken.None) with { At = now };
        var ada = await site.Site.Buyer("ada");
        var id = (await site.Only(ada)).Value;
        await site.CatchUp();
        await site.Hub.Asleep(id, now.AddTicks(-1));
        await site.Site.Outbox.SendDue(CancellationToken.None);
        await site.Site.Outbox.Settle(CancellationToken.None);

        await site.CatchUp();
        await NotifyBacklog();
        Assert.Empty(site.Hub.Notified);
        site.Time.Advance(WakeTiming.LongestWake);
        await NotifyBacklog();

        Assert.Equal([id], site.Hub.Notified);
        await NotifyBacklog();
        Assert.Single(site.Hub.Notified);
    }

    [Fact]
    public async Task An_orchestration_that_another_call_starts_meanwhile_is_notified()
    {
        var ada = await site.Site.Buyer("ada");
        await site.CatchUp();
        await site.Hub.Woken(1);
        site.Hub.HidesInstances = true;

        await site.Timers.Notify(site.Hub, Site.Shop, ada, ended: [], CancellationToken.None);

        Assert.Equal([(await site.Only(ada)).Value], site.Hub.Notified);
        Assert.Single(site.Hub.Started);
    }

    [Fact]
    public async Task A_follow_up_that_ends_ends_its_orchestration_and_none_is_started_for_it_again()
    {
        var (ada, bob) = (await site.Site.Buyer("ada"), await site.Site.Buyer("bob"));
        await site.CatchUp();
        var (over, gone) = ((await site.Only(ada)).Value, (await site.Only(bob)).Value);
        await site.Hub.Woken(2);
        await site.Hub.TerminateInstanceAsync(gone);
        await site.Hub.Ended(gone);
        foreach (var name in new[] { "ada", "bob" })
        {
            await site.Site.Record(name, new OrderCancelled(new($"order-{name}"), Canceller.Customer, site.Time.GetUtcNow()));
        }

        await site.CatchUp();

        Assert.Equal([over], site.Hub.Notified);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, await site.Hub.Ended(over));
        Assert.Equal(2, site.Hub.Started.Count);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task An_orchestration_that_stopped_while_its_follow_up_runs_is_started_again(OrchestrationRuntimeStatus status)
    {
        var ada = await site.Site.Buyer("ada");
        var id = (await site.Only(ada)).Value;
        if (status == OrchestrationRuntimeStatus.Failed)
        {
            // Without an input it cannot run.
            await site.Hub.ScheduleNewOrchestrationInstanceAsync(nameof(FollowUpOrchestration), input: null, new StartOrchestrationOptions(id));
        }
        else
        {
            site.Hub.Wake = _ => Task.FromResult(new NextWake(Ended: status == OrchestrationRuntimeStatus.Completed, null));
            await site.CatchUp();
            await site.Hub.Woken(1);
        }

        if (status == OrchestrationRuntimeStatus.Terminated)
        {
            await site.Hub.TerminateInstanceAsync(id);
        }

        Assert.Equal(status, await site.Hub.Ended(id));
        var started = site.Hub.Started.Count;
        await site.Site.Record("ada", new OrderShipped(new("order-ada"), null, site.Time.GetUtcNow()));

        await site.CatchUp();

        Assert.Equal(started + 1, site.Hub.Started.Count);
        await site.Hub.Woken(started + 1);
    }

    [Fact]
    public async Task An_erasure_terminates_all_orchestrations_of_the_customer_and_removes_their_histories()
    {
        var (ada, bob) = (await site.Site.Buyer("ada"), await site.Site.Buyer("bob"));
        await site.CatchUp();
        await site.Hub.Woken(2);
        await site.Erase(ada);

        await site.CatchUp();

        Assert.False(await site.Hub.Has((await site.Only(ada)).Value));
        Assert.True(await site.Hub.Has((await site.Only(bob)).Value));
    }

    [Fact]
    public async Task What_the_task_hub_did_not_take_is_notified_again()
    {
        await site.Site.Buyer("ada");
        site.Hub.IsBroken = true;
        await Assert.ThrowsAsync<TimeoutException>(site.CatchUp);
        site.Hub.IsBroken = false;

        await site.CatchUp();

        Assert.Single(site.Hub.Started);
    }

    [Fact]
    public async Task An_event_of_a_newer_version_is_left_to_it_and_nobody_is_skipped()
    {
        var (ada, bob) = (await site.Site.Buyer("ada"), await site.Site.Buyer("bob"));
        await NewerVersion.Wrote(site.Site.Execute, "customer-details-learned.v1", $"stream_id = 'customer-{bob}'");

        await Assert.ThrowsAsync<NewerVersionException>(site.CatchUp);
        await Assert.ThrowsAsync<NewerVersionException>(site.CatchUp);
        Assert.Equal([ada], site.Hub.Started.Select(t => t.Customer));

        await NewerVersion.TakesOver(site.Site.Execute, "customer-details-learned.v1");
        await site.CatchUp();
        Assert.Equal([ada, bob], site.Hub.Started.Select(t => t.Customer));
    }

    [Fact]
    public async Task Runs_at_the_same_time_start_each_orchestration_once()
    {
        for (var i = 0; i < 20; i++)
        {
            await site.Site.Buyer($"c{i}");
        }

        await Task.WhenAll(site.CatchUp(), site.CatchUp(), site.CatchUp());

        Assert.Equal(20, site.Hub.Started.Count);
        Assert.Empty(site.Hub.Notified);
    }

    private Task NotifyBacklog() => site.Backlog.Notify(
        (customer, ct) => site.Timers.Notify(site.Hub, customer.Shop, customer.Id, ended: [], ct), CancellationToken.None, CancellationToken.None);
}
