using Cx.Application.EventStore.Postgres;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.FunctionApp.FollowUps;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>A shop on a database of its own, beside an empty task hub.</summary>
internal sealed class FollowUpSite : IAsyncDisposable
{
    private FollowUpSite(Site site, HandClock time)
    {
        (Site, Time) = (site, time);
        Connections = new(new(site.Connection));
        Clocks = new(site.Store, site.Customers, Connections);
        Wake = new(site.Waker, site.Customers, time);
    }

    public Site Site { get; }

    public HandClock Time { get; }

    public LastingConnections Connections { get; }

    public FollowUpTimers Clocks { get; }

    public WakeFollowUp Wake { get; }

    public FakeTaskHub Hub { get; } = new();

    public PostgresEventStore Store => (PostgresEventStore)Site.Store;

    public static async Task<FollowUpSite> Open()
    {
        var time = new HandClock(new DateTimeOffset(2026, 3, 2, 11, 0, 0, TimeSpan.Zero));
        var site = Site.On(await Database.Create(), InstallationKeys.Generate(), time, new LocalSender());
        await site.OpenShop();
        return new(site, time);
    }

    public async Task<FollowUpId> Only(CustomerId customer) => Assert.Single((await Site.Customer(customer)).FollowUps).Key;

    public Task CatchUp() => Clocks.CatchUp(Hub, CancellationToken.None);

    public Task<NextLook> Look(CustomerId customer, FollowUpId followUp) => Wake.Run(new(Site.Shop, customer, followUp), CancellationToken.None);

    public Task Erase(CustomerId customer) => Site.Store.Transact(
        Site.Shop, new Application.EventStore.CustomerRef.ById(customer), new("test", "erase-customer", "api"), Recording.Of([new CustomerErased("api", Time.GetUtcNow())]), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Site.DisposeAsync();
        await Connections.DisposeAsync();
    }
}
