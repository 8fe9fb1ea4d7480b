using Cx.Domain;
using Cx.FunctionApp.FollowUps;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class OverdueWakeTimerTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly List<CustomerId> buyers = [];
    private FollowUpSite site = null!;

    public async Task InitializeAsync()
    {
        site = await FollowUpSite.Open();
        for (var i = 0; i < 12; i++)
        {
            buyers.Add(await site.Site.Buyer($"c{i}"));
        }
    }

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task Losing_the_whole_task_hub_loses_nothing()
    {
        site.Time.Advance(OverdueWakeTimer.Grace);

        await Run();

        foreach (var buyer in buyers)
        {
            Assert.Equal("thank-you", (await site.Site.OnlyMessage(buyer)).Step);
            Assert.True(await site.Hub.Has((await site.Only(buyer)).Value));
        }
    }

    [Fact]
    public async Task Who_is_due_within_the_grace_is_left_to_the_orchestration()
    {
        site.Time.Advance(OverdueWakeTimer.Grace - TimeSpan.FromMilliseconds(1));

        await Run();

        Assert.Empty(site.Hub.Started);
        Assert.Empty((await site.Site.Customer(buyers[0])).Messages);
    }

    [Fact]
    public async Task Whoever_a_run_just_missed_waits_a_minute_and_a_half_for_the_next()
    {
        site.Time.Advance(TimeSpan.FromSeconds(29));
        await Run();
        Assert.Empty((await site.Site.Customer(buyers[0])).Messages);

        site.Time.Advance(TimeSpan.FromSeconds(1));
        await Run();
        Assert.Single((await site.Site.Customer(buyers[0])).Messages);
    }

    [Fact]
    public async Task Everybody_is_woken_though_the_task_hub_does_not_answer()
    {
        site.Time.Advance(OverdueWakeTimer.Grace);
        site.Hub.IsBroken = true;

        var failure = await Assert.ThrowsAsync<AggregateException>(Run);

        Assert.Equal(buyers.Count, failure.InnerExceptions.Count);
        foreach (var buyer in buyers)
        {
            Assert.Single((await site.Site.Customer(buyer)).Messages);
        }
    }

    [Fact]
    public async Task A_task_hub_that_does_not_answer_delays_no_wake_and_is_notified_in_a_later_run()
    {
        while (buyers.Count < 110)
        {
            buyers.Add(await site.Site.Buyer($"c{buyers.Count}"));
        }

        site.Time.Advance(OverdueWakeTimer.Grace);
        site.Hub.Answers = new TaskCompletionSource().Task;
        var run = Run();
        await site.Hub.Asked(16);       // side by side, and after everybody was woken
        foreach (var buyer in buyers)
        {
            Assert.Single((await site.Site.Customer(buyer)).Messages);
        }

        site.Time.Advance(OverdueWakeTimer.NotifyTimeout);
        await run.WaitAsync(Timeout);
        Assert.Empty(site.Hub.Started);
        site.Hub.Answers = Task.CompletedTask;

        await Run();

        Assert.Equal(buyers.Order(), site.Hub.Started.Select(t => t.Customer).Order());
    }

    private Task Run() => new OverdueWakeTimer(site.Site.Waker, site.Timers, site.Backlog, site.Time).Run(new(), site.Hub, CancellationToken.None);
}
