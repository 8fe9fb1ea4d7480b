using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;
using Cx.FunctionApp.Tests.FollowUps;
using Cx.Tests.FollowUps.Outbox;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cx.FunctionApp.Tests;

public sealed class CatchUpTests : IAsyncLifetime
{
    private FollowUpSite site = null!;

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync() => await site.DisposeAsync();

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

        var failure = await Assert.ThrowsAsync<AggregateException>(() => Run(broken: true));

        Assert.Equal(2, failure.InnerExceptions.Count);
        Assert.Equal(MessageStatus.Accepted, (await site.Site.OnlyMessage(ada)).Status);
    }

    private async Task Run(bool broken = false)
    {
        using var catchUp = new CatchUp(
            new ViewHost(site.Store, site.Connections, [new OrdersView(broken)], new CommitSignal(), TimeProvider.System, NullLogger<ViewHost>.Instance),
            site.Timers, site.Site.Outbox);
        await catchUp.Run(site.Hub, CancellationToken.None);
    }

    private sealed record Orders(int Count);

    private sealed class OrdersView(bool broken) : IAsyncView
    {
        public string Name => "orders";

        public int Version => 1;

        public IReadOnlySet<string> Types { get; } = new HashSet<string> { EventCatalog.NameOf(typeof(OrderPlaced)) };

        public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e) =>
            rows.Set("all", broken ? throw new FormatException("broken") : new Orders((rows.Get<Orders>("all")?.Count ?? 0) + 1));
    }
}
