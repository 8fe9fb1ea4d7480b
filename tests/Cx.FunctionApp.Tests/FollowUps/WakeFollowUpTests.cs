using Cx.Domain;
using Cx.Domain.Touchpoints;
using Cx.FunctionApp.FollowUps;

namespace Cx.FunctionApp.Tests.FollowUps;

public sealed class WakeFollowUpTests : IAsyncLifetime
{
    private static readonly NextLook Ended = new(Ended: true, null);

    private FollowUpSite site = null!;

    public async Task InitializeAsync() => site = await FollowUpSite.Open();

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task A_wake_decides_what_is_due_and_names_the_next_instant()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);

        Assert.Equal(new(false, null), await site.Look(ada, followUp) with { At = null });
        Assert.Equal("thank-you", (await site.Site.OnlyMessage(ada)).Step);

        await site.Site.Record("ada", new OrderDelivered(new("order-ada"), null, site.Time.GetUtcNow()));
        var next = await site.Look(ada, followUp);
        Assert.Equal(new DateTimeOffset(2026, 3, 9, 0, 0, 0, TimeSpan.Zero).Date, next.At!.Value.UtcDateTime.Date);
    }

    [Fact]
    public async Task Waking_once_too_often_changes_nothing()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);
        var first = await site.Look(ada, followUp);
        var version = (await site.Site.Customer(ada)).Version;

        Assert.Equal(first, await site.Look(ada, followUp));
        Assert.Equal(version, (await site.Site.Customer(ada)).Version);
    }

    [Fact]
    public async Task A_follow_up_that_ended_its_clock_ends()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);
        await site.Site.Record("ada", new OrderCancelled(new("order-ada"), Canceller.Customer, site.Time.GetUtcNow()));

        Assert.Equal(Ended, await site.Look(ada, followUp));
    }

    [Fact]
    public async Task Nobody_and_who_was_erased_are_not_woken_again()
    {
        var ada = await site.Site.Buyer("ada");
        var followUp = await site.Only(ada);
        await site.Erase(ada);

        Assert.Equal(Ended, await site.Look(ada, followUp));
        Assert.Equal(Ended, await site.Look(new("nobody"), followUp));
        Assert.Equal(Ended, await site.Look(await site.Site.Buyer("bob"), new FollowUpId("another")));
    }
}
