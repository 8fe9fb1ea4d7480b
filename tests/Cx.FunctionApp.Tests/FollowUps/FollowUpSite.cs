using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.FunctionApp.FollowUps;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;

namespace Cx.FunctionApp.Tests.FollowUps;

/// <summary>A shop on a database of its own, and a task hub whose orchestrations wake its customers.</summary>
internal sealed class FollowUpSite : IAsyncDisposable
{
    // The task hub runs by the machine's clock: of a later time's timers none fires during a test.
    private static readonly DateTimeOffset Opened = new(2099, 3, 2, 11, 0, 0, TimeSpan.Zero);

    private FollowUpSite(Site site, HandClock time)
    {
        (Site, Time) = (site, time);
        Timers = new(site.Customers, Backlog, new(site.Data), time);
        Daemon = Following();
        Activity = new(site.Waker, site.Customers, time);
    }

    public Site Site { get; }

    public HandClock Time { get; }

    /// <summary>Follows the log for the timers alone.</summary>
    public LogDaemon Daemon { get; }

    public TaskHubClient Client { get; } = new();

    public CommitSignal Signal { get; } = new();

    public FollowUpTimers Timers { get; }

    public NotificationBacklog Backlog { get; } = new();

    public WakeFollowUp Activity { get; }

    public TaskHub Hub { get; private set; } = null!;

    public MartenEventStore Store => (MartenEventStore)Site.Store;

    public static async Task<FollowUpSite> Open()
    {
        var time = new HandClock(Opened);
        var site = Site.On(await Database.Prepared(), InstallationKeys.Generate(), time, new LocalSender());
        await site.OpenShop();
        var opened = new FollowUpSite(site, time);
        opened.Hub = await TaskHub.Start(timer => opened.Activity.Run(timer, CancellationToken.None));
        return opened;
    }

    public async Task<FollowUpId> Only(CustomerId customer) => Assert.Single((await Site.Customer(customer)).FollowUps).Key;

    /// <summary>A daemon that follows the log for the timers, and for further views.</summary>
    public LogDaemon Following(params LogSubscription[] further) =>
        Stores.Daemon(Site.Data, Signal, [new FollowUpSubscription(Site.Data, Client, () => Timers), .. further]);

    public Task CatchUp()
    {
        Client.Use(Hub);
        return Daemon.CatchUp(CancellationToken.None, CancellationToken.None);
    }

    public Task<NextWake> Wake(CustomerId customer, FollowUpId followUp) => Activity.Run(new(Site.Shop, customer, followUp), CancellationToken.None);

    public Task Link(CustomerId one, CustomerId other) =>
        Site.Store.Link(Site.Shop, one, other, Time.GetUtcNow(), new("test", "link-customers", "api"), CancellationToken.None);

    public Task Erase(CustomerId customer) => Site.Store.Transact(
        Site.Shop, new CustomerRef.ById(customer), new("test", "erase-customer", "api"), Recording.Of([new CustomerErased("api", Time.GetUtcNow())]), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await Hub.DisposeAsync();
        await Site.DisposeAsync();
    }
}
