using Cx.Domain.Touchpoints;
using Cx.FunctionApp.FollowUps;
using Cx.Tests.FollowUps.Outbox;
using Microsoft.DurableTask.Client;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class FollowUpClocksTests : IAsyncLifetime
{
    private FollowUpSite site = null!;

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task Every_started_follow_up_gets_a_clock_under_its_id_once()
    {
        var (ada, bob) = (await site.Site.Buyer("ada"), await site.Site.Buyer("bob"));

        await site.CatchUp();
        await site.CatchUp();

        FollowUpTimer[] expected = [new(Site.Shop, ada, await site.Only(ada)), new(Site.Shop, bob, await site.Only(bob))];
        Assert.Equal(expected.OrderBy(c => c.FollowUp), site.Hub.Started.OrderBy(c => c.FollowUp));
        Assert.Equal(expected.Select(c => c.FollowUp.Value).Order(), site.Hub.Instances.Keys.Order());
        Assert.Empty(site.Hub.Told);
    }

    [Fact]
    public async Task Changed_facts_are_told_once_however_many_and_what_a_wake_writes_is_not()
    {
        var ada = await site.Site.Buyer("ada");
        await site.CatchUp();
        await site.Look(ada, await site.Only(ada));
        await site.CatchUp();
        Assert.Empty(site.Hub.Told);

        await site.Site.Record("ada", new OrderShipped(new("order-ada"), null, site.Time.GetUtcNow()));
        await site.Site.Record("ada", new OrderDelivered(new("order-ada"), null, site.Time.GetUtcNow()));
        await site.CatchUp();

        Assert.Equal([(await site.Only(ada)).Value], site.Hub.Told);
    }

    [Fact]
    public async Task A_follow_up_that_ends_is_told_and_not_started_again()
    {
        var (ada, bob) = (await site.Site.Buyer("ada"), await site.Site.Buyer("bob"));
        await site.CatchUp();
        var (over, gone) = (await site.Only(ada), await site.Only(bob));
        site.Hub.Set(gone.Value, OrchestrationRuntimeStatus.Completed);
        foreach (var name in new[] { "ada", "bob" })
        {
            await site.Site.Record(name, new OrderCancelled(new($"order-{name}"), Canceller.Customer, site.Time.GetUtcNow()));
        }

        await site.CatchUp();

        Assert.Equal([over.Value], site.Hub.Told);
        Assert.Equal(2, site.Hub.Started.Count);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task A_clock_that_stopped_while_its_follow_up_runs_is_started_again(OrchestrationRuntimeStatus status)
    {
        var ada = await site.Site.Buyer("ada");
        await site.CatchUp();
        site.Hub.Set((await site.Only(ada)).Value, status);
        await site.Site.Record("ada", new OrderShipped(new("order-ada"), null, site.Time.GetUtcNow()));

        await site.CatchUp();

        Assert.Equal(2, site.Hub.Started.Count);
    }

    [Fact]
    public async Task An_erasure_ends_all_clocks_of_the_customer_and_removes_their_histories()
    {
        var ada = await site.Site.Buyer("ada");
        await site.Site.Buyer("bob");
        await site.CatchUp();
        await site.Erase(ada);

        await site.CatchUp();

        Assert.DoesNotContain((await site.Only(ada)).Value, site.Hub.Instances);
        Assert.Single(site.Hub.Instances);
    }

    [Fact]
    public async Task What_the_task_hub_did_not_take_is_told_again()
    {
        await site.Site.Buyer("ada");
        site.Hub.IsBroken = true;
        await Assert.ThrowsAsync<TimeoutException>(site.CatchUp);
        site.Hub.IsBroken = false;

        await site.CatchUp();

        Assert.Single(site.Hub.Started);
    }

    [Fact]
    public async Task Two_at_once_start_each_clock_once()
    {
        for (var i = 0; i < 20; i++)
        {
            await site.Site.Buyer($"c{i}");
        }

        await Task.WhenAll(site.CatchUp(), site.CatchUp(), site.CatchUp());

        Assert.Equal(20, site.Hub.Started.Count);
        Assert.Empty(site.Hub.Told);
    }
}
