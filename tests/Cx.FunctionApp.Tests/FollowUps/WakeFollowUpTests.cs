using Cx.Domain;
using Cx.Domain.Touchpoints;
using Cx.FunctionApp.FollowUps;
using Cx.Tests.FollowUps.Outbox;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class WakeFollowUpTests : IAsyncLifetime
{
    private static readonly NextWake Ended = new(Ended: true, null);

    private FollowUpSite site = null!;

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_wake_decides_what_is_due_and_names_the_next_instant()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);

        Assert.Equal(new(false, null, "review-request"), await site.Wake(ada, followUp) with { At = null });
        Assert.Equal("thank-you", (await site.Site.OnlyMessage(ada)).Step);

        await site.Site.Record("ada", new OrderDelivered(new("order-ada"), null, site.Time.GetUtcNow()));
        var next = await site.Wake(ada, followUp);
        Assert.Equal(new DateTime(2099, 3, 9), next.At!.Value.UtcDateTime.Date);
    }

    [Fact]
    public async Task A_follow_up_of_a_linked_customer_goes_on_and_so_it_does_when_they_are_parted()
    {
        var ada = await site.Site.Buyer("ada");
        site.Time.Advance(TimeSpan.FromMilliseconds(1));
        var bob = await site.Site.Buyer("bob");
        var before = await site.Only(bob);
        await site.Link(ada, bob);
        await site.CatchUp();
        await site.Site.Record("bob", new OrderPlaced(new("later"), "#later", new(50, "EUR"), [], null, site.Time.GetUtcNow(), site.Time.GetUtcNow()));
        await site.CatchUp();

        var timers = site.Hub.Started.ToDictionary(t => t.FollowUp, t => t.Customer);
        Assert.Equal(3, timers.Count);
        Assert.Equal(bob, timers[before]);
        Assert.Equal([ada, bob, bob], timers.Values.Order());
        Assert.All(await Task.WhenAll(timers.Select(t => site.Wake(t.Value, t.Key))), next => Assert.False(next.Ended));

        await site.Store.Unlink(Site.Shop, ada, bob, new("test", "unlink-customers", "api"), CancellationToken.None);
        Assert.All(await Task.WhenAll(timers.Select(t => site.Wake(t.Value, t.Key))), next => Assert.False(next.Ended));
        var (a, b) = (await site.Site.Customer(ada), await site.Site.Customer(bob));
        Assert.Equal((1, 2), (a.FollowUps.Count, b.FollowUps.Count));
    }

    [Fact]
    public async Task A_superfluous_wake_changes_nothing()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);
        var first = await site.Wake(ada, followUp);
        var version = (await site.Site.Customer(ada)).Version;

        Assert.Equal(first, await site.Wake(ada, followUp));
        Assert.Equal(version, (await site.Site.Customer(ada)).Version);
    }

    [Fact]
    public async Task The_timer_of_a_follow_up_that_ended_ends()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);
        await site.Site.Record("ada", new OrderCancelled(new("order-ada"), Canceller.Customer, site.Time.GetUtcNow()));

        Assert.Equal(Ended, await site.Wake(ada, followUp));
    }

    [Fact]
    public async Task The_timer_of_somebody_unknown_or_erased_ends()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);
        await site.Erase(ada);

        Assert.Equal(Ended, await site.Wake(ada, followUp));
        Assert.Equal(Ended, await site.Wake(new("nobody"), followUp));
        Assert.Equal(Ended, await site.Activity.Run(new(new("closed-shop"), ada, followUp), CancellationToken.None));
        Assert.Equal(Ended, await site.Wake(await site.Site.Buyer("bob"), new FollowUpId("another")));
    }
}
