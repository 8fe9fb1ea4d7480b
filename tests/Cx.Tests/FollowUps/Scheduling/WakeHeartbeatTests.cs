using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Outbox;

namespace Cx.Tests.FollowUps.Scheduling;

/// <summary>An outage is known by the heartbeat of those who wake customers, and what it held up goes out spread.</summary>
public sealed class WakeHeartbeatTests : SenderTests
{
    [Fact]
    public async Task What_became_due_while_no_process_ran_goes_out_spread_and_transactional_messages_go_at_once()
    {
        var ada = await Delivered("ada");
        clock.Advance(TimeSpan.FromDays(6));
        await site.Waker.WakeDue(default);
        clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromHours(3));
        var bea = await site.Buyer("bea");

        await using var restarted = site.Another(KillTests.Smtp(smtp));
        await restarted.Waker.WakeDue(default);
        await restarted.Turn();

        Assert.Equal([new SendingPause(clock.GetUtcNow() - TimeSpan.FromHours(27), clock.GetUtcNow())], (await site.Shops.Get(Site.Shop, default))!.Pauses);
        var review = (await site.Customer(ada)).FollowUps.Values.Single().StepOf("review-request");
        Assert.Equal((StepStatus.Held, Reason.SpreadOut), (review.Status, review.Reason));
        Assert.Equal(StepStatus.Sent, (await site.Customer(bea)).FollowUps.Values.Single().StepOf("thank-you").Status);

        clock.Advance(TimeSpan.FromHours(4));
        await restarted.Waker.WakeDue(default);
        await restarted.Turn();
        Assert.Equal(StepStatus.Sent, (await site.Customer(ada)).FollowUps.Values.Single().StepOf("review-request").Status);
    }

    [Fact]
    public async Task A_clock_that_jumps_while_a_process_runs_is_no_outage()
    {
        var ada = await Delivered("ada");
        await using var other = site.Another(KillTests.Smtp(smtp));
        clock.Advance(TimeSpan.FromDays(7) + TimeSpan.FromHours(3));
        await other.Waker.WakeDue(default);
        await site.Waker.WakeDue(default);
        await site.Turn();

        Assert.Empty((await site.Shops.Get(Site.Shop, default))!.Pauses);
        Assert.Equal(StepStatus.Sent, (await site.Customer(ada)).FollowUps.Values.Single().StepOf("review-request").Status);
    }

    [Fact]
    public async Task A_restart_of_a_few_minutes_is_none()
    {
        await site.Waker.WakeDue(default);
        clock.Advance(TimeSpan.FromMinutes(14));
        await site.Buyer("ada");
        await using var restarted = site.Another(KillTests.Smtp(smtp));
        await restarted.Waker.WakeDue(default);
        Assert.Empty((await site.Shops.Get(Site.Shop, default))!.Pauses);
    }

    private async Task<CustomerId> Delivered(string name)
    {
        var id = await site.Buyer(name);
        await site.Waker.WakeDue(default);
        await site.Turn();
        await site.Record(name, new OrderDelivered(new($"order-{name}"), null, clock.GetUtcNow()));
        return id;
    }
}
