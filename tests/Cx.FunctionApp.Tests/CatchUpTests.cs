using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;
using Cx.FunctionApp.Tests.FollowUps;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests;

public sealed class CatchUpTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly CountingQueue announced = new();
    private FollowUpSite site = null!;
    private LogDaemon? daemon;

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync()
    {
        if (daemon is not null)
        {
            await daemon.DisposeAsync();
        }

        await site.DisposeAsync();
    }

    [Fact]
    public async Task One_run_brings_views_and_timers_to_the_end_and_sends_what_is_due()
    {
        var ada = await site.Site.Buyer("ada");
        await site.Wake(ada, await site.Only(ada));

        await Run();

        Assert.Single(site.Hub.Started);
        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(ada)).Status);
        Assert.Equal(1, (await new ViewReader(site.Site.Data).Find<Orders>("orders", Site.Shop, ["all"], CancellationToken.None))["all"].Count);
    }

    [Fact]
    public async Task What_fails_fails_the_run_and_nothing_else()
    {
        var ada = await site.Site.Buyer("ada");
        await site.Wake(ada, await site.Only(ada));
        site.Hub.IsBroken = true;

        var failure = await Assert.ThrowsAsync<AggregateException>(Run);

        Assert.IsType<TimeoutException>(Assert.Single(failure.InnerExceptions));
        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(ada)).Status);
        Assert.Equal(1, (await new ViewReader(site.Site.Data).Find<Orders>("orders", Site.Shop, ["all"], CancellationToken.None))["all"].Count);
    }

    [Fact]
    public async Task One_call_waits_for_the_daemon_and_another_does_not()
    {
        await site.Site.Buyer("ada");
        var answers = Signal();
        site.Hub.Answers = answers.Task;
        var catchUp = CatchUp(site.Site.Outbox);
        var first = catchUp.Run(site.Hub, CancellationToken.None);
        await site.Hub.Asked(1);

        await catchUp.Run(site.Hub, CancellationToken.None).WaitAsync(Timeout);

        Assert.False(first.IsCompleted);
        answers.SetResult();
        await first;
        Assert.Single(site.Hub.Started);
    }

    [Fact]
    public async Task A_receiver_that_does_not_answer_holds_up_no_other_run_and_no_other_message()
    {
        var (begun, answer, others) = (Signal(), Signal(), Signal());
        var sends = 0;
        await using var process = site.Site.Another(new SenderAround(new LocalSender(), async send =>
        {
            if (Interlocked.Increment(ref sends) == 1)
            {
                begun.SetResult();
                await answer.Task.WaitAsync(2 * Timeout);
            }
            else
            {
                others.SetResult();
            }

            return await send();
        }));
        var catchUp = CatchUp(process.Outbox);
        var ada = await site.Site.Buyer("ada");
        await site.Wake(ada, await site.Only(ada));
        var first = catchUp.Run(site.Hub, CancellationToken.None);
        await begun.Task.WaitAsync(Timeout);
        var bob = await site.Site.Buyer("bob");
        await site.Wake(bob, await site.Only(bob));

        await catchUp.Run(site.Hub, CancellationToken.None).WaitAsync(Timeout);
        await others.Task.WaitAsync(Timeout);
        Assert.False(first.IsCompleted);
        answer.SetResult();
        await first;

        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(ada)).Status);
        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(bob)).Status);
    }

    [Fact]
    public async Task A_run_that_takes_too_long_ends_and_announces_what_is_left()
    {
        for (var i = 0; i < 20; i++)
        {
            await site.Site.Buyer($"c{i}");
        }

        var answers = Signal();
        site.Hub.Answers = answers.Task;
        var catchUp = CatchUp(site.Site.Outbox);
        var run = catchUp.Run(site.Hub, CancellationToken.None);
        await site.Hub.Asked(1);
        site.Time.Advance(FunctionApp.CatchUp.MaxDuration);
        await run.WaitAsync(Timeout);

        Assert.Empty(site.Hub.Started);
        Assert.Equal(1, announced.Count);
        answers.SetResult();
        await catchUp.Run(site.Hub, CancellationToken.None);
        Assert.Equal(20, site.Hub.Started.Select(t => t.Customer).Distinct().Count());
        Assert.Equal(1, announced.Count);
    }

    [Theory]
    [InlineData("committed")]
    [InlineData("""{"version":2,"position":4711}""")]
    public async Task An_announcement_is_taken_whatever_it_says_and_left_to_others_while_the_log_holds_something_newer(string message)
    {
        var ada = await site.Site.Buyer("ada");
        await NewerVersion.Wrote(site.Site.Execute, "order-placed.v1");
        var functions = new CatchUpFunctions(CatchUp(site.Site.Outbox));

        var failure = await Assert.ThrowsAsync<AggregateException>(() => functions.OnCommit(message, site.Hub, CancellationToken.None));
        Assert.All(failure.InnerExceptions, e => Assert.IsType<NewerVersionException>(e));
        Assert.Equal(2, failure.InnerExceptions.Count);
        Assert.Empty(site.Hub.Started);

        await NewerVersion.TakesOver(site.Site.Execute, "order-placed.v1");
        await functions.OnCommit(message, site.Hub, CancellationToken.None);
        Assert.Equal([ada], site.Hub.Started.Select(t => t.Customer));
        Assert.Equal(1, (await new ViewReader(site.Site.Data).Find<Orders>("orders", Site.Shop, ["all"], CancellationToken.None))["all"].Count);
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task Run() => CatchUp(site.Site.Outbox).Run(site.Hub, CancellationToken.None);

    private CatchUp CatchUp(OutboxSender outbox)
    {
        daemon ??= site.Following(new ViewSubscription(new OrdersView(), site.Site.Data, NullLogger<ViewSubscription>.Instance));
        return new(daemon, site.Client, outbox, announced, site.Time);
    }

    private sealed class CountingQueue : ICommitQueue
    {
        public int Count { get; private set; }

        public Task Announce(CancellationToken ct)
        {
            Count++;
            return Task.CompletedTask;
        }
    }

    private sealed record Orders(int Count);

    private sealed class OrdersView : IAsyncView
    {
        public string Name => "orders";

        public int Version => 1;

        public IReadOnlySet<string> Types { get; } = new HashSet<string> { EventCatalog.NameOf(typeof(OrderPlaced)) };

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e) =>
            rows.Set("all", new Orders((rows.Get<Orders>("all")?.Count ?? 0) + 1));
    }
}
