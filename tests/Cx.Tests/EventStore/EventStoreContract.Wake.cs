using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

public abstract partial class EventStoreContract
{
    private static readonly ShopSettings Settings = new("Bottega", "Europe/Rome", ["it"]);

    /// <summary>Called for each wake that is reported as failed.</summary>
    protected abstract void OnWakeFailed(Action<CustomerId> notify);

    [Fact]
    public async Task Due_customers_are_woken_once_in_batches_the_longest_due_first()
    {
        var (buyers, woken, batches) = (await Buyers(5), new List<CustomerId>(), new List<int>());

        for (var i = 0; i < 4; i++)
        {
            batches.Add(await Wake(Now, 2, Wakes(woken)));
        }

        Assert.Equal([2, 2, 1, 0], batches);
        Assert.Equal(buyers, woken);
        Assert.Equal(5, await Rig.Count("mt_events where type = 'step-held.v1'"));
    }

    [Fact]
    public async Task Customers_due_within_the_grace_are_not_woken_and_are_decided_as_of_now_after_it()
    {
        var (buyers, woken, at) = (await Buyers(1), new List<CustomerId>(), default(DateTimeOffset));
        var due = await DueAt(buyers[0]);
        Decide decide = (customer, context) =>
        {
            at = context.At;
            return Wakes(woken)(customer, context);
        };

        Assert.Equal(0, (await Store.Wake(due + TimeSpan.FromSeconds(59), TimeSpan.FromMinutes(1), 10, decide, default)).Due);
        Assert.Equal(1, (await Store.Wake(due + TimeSpan.FromSeconds(60), TimeSpan.FromMinutes(1), 10, decide, default)).Due);

        Assert.Equal(due + TimeSpan.FromSeconds(60), at);
    }

    [Fact]
    public async Task A_customer_whose_wake_fails_is_retried_ever_later_then_parked_and_delays_no_other()
    {
        var (buyers, woken, failed, pauses) = (await Buyers(3), new List<CustomerId>(), new List<CustomerId>(), new List<TimeSpan>());
        OnWakeFailed(failed.Add);
        Decide decide = (customer, context) => customer.Id == buyers[0] ? throw new InvalidOperationException("a bug") : Wakes(woken)(customer, context);

        var at = Now;
        for (var i = 0; i < 5; i++)
        {
            await Wake(at, 10, decide);
            pauses.Add(await DueAt(buyers[0]) - at);
            at += pauses[^1];
        }

        Assert.Equal(buyers[1..], woken);
        Assert.Equal(Enumerable.Repeat(buyers[0], 5), failed);
        Assert.Equal([1.0, 4.0, 16.0, 64.0, 256.0], pauses.Select(p => p.TotalMinutes));
        Assert.Equal(0, await Wake(at, 10, decide));
        Assert.Equal(1, await Rig.Count("cx_customers where parked_at is not null"));

        await Rig.Deliver("later", [Rig.Email("c0@example.com")], [Delivered("o0")]);
        Assert.Equal(1, await Wake(at, 1, Wakes(woken)));
        Assert.Equal(buyers[0], woken[^1]);
    }

    [Fact]
    public async Task A_customer_whose_address_cannot_be_opened_fails_alone()
    {
        var (buyers, woken, failed) = (await Buyers(3), new List<CustomerId>(), new List<CustomerId>());
        OnWakeFailed(failed.Add);
        await Rig.Deliver("details", [Rig.Email("c0@example.com")], [Learned("c0@example.com")]);
        await Rig.Execute($"update cx_states set data = replace(data::text, 's1.', 's1.AAAA')::json where customer = '{buyers[0]}' and kind = 0");

        Assert.Equal(3, await Wake(Now, 10, Wakes(woken)));

        Assert.Equal(buyers[1..], woken);
        Assert.Equal([buyers[0]], failed);
    }

    [Fact]
    public async Task A_customer_whose_stream_holds_something_newer_is_left_to_the_newer_version_and_never_parked()
    {
        var (buyers, woken, failed) = (await Buyers(2), new List<CustomerId>(), new List<CustomerId>());
        OnWakeFailed(failed.Add);
        await NewerVersion.Wrote(Rig.Execute, "order-placed.v1", $"stream_id = 'customer-{buyers[0]}'");

        var at = Now;
        for (var i = 0; i < 6; i++)
        {
            await Wake(at, 10, Wakes(woken));
            Assert.Equal(at.AddMinutes(1), await DueAt(buyers[0]));
            at = at.AddMinutes(1);
        }

        await Assert.ThrowsAsync<NewerVersionException>(() => Rig.Deliver("d", [Rig.Email("c0@example.com")], [Delivered("o0")]));
        await Assert.ThrowsAsync<NewerVersionException>(() => Rig.Stream(buyers[0]));
        Assert.Equal([buyers[1]], woken.Distinct());
        Assert.Empty(failed);
        Assert.Equal(0, await Rig.Count("cx_customers where wake_failures > 0 or parked_at is not null"));

        await NewerVersion.TakesOver(Rig.Execute, "order-placed.v1");
        await Wake(at, 10, Wakes(woken));
        Assert.Contains(buyers[0], woken);
    }

    public static TheoryData<string, ICustomerEvent> Unwritable() => new()
    {
        { "the database refuses: no jsonb holds the character 0", new VisitMade("\0", Channel.Web, Stage.Information, Monday) },
        { "the catalog refuses: a personal value in the clear", Complained("k", "Where is it?") },
    };

    [Theory, MemberData(nameof(Unwritable))]
    public async Task An_event_that_cannot_be_written_fails_for_its_own_customer_only(string because, ICustomerEvent unwritable)
    {
        var (buyers, woken, failed) = (await Buyers(3), new List<CustomerId>(), new List<CustomerId>());
        OnWakeFailed(failed.Add);

        await Wake(Now, 10, (customer, context) => customer.Id == buyers[1] ? [unwritable] : Wakes(woken)(customer, context));

        Assert.True(failed is [var only] && only == buyers[1], because);
        Assert.Equal(TimeSpan.FromMinutes(1), await DueAt(buyers[1]) - Now);
        Assert.Equal(2, await Rig.Count("mt_events where type = 'step-held.v1'"));
        Assert.Equal(0, await Rig.Count("mt_events where type in ('visit-made.v1', 'complaint-opened.v1')"));
    }

    [Fact]
    public async Task Two_concurrent_wakes_share_the_customers()
    {
        var (buyers, first, second) = (await Buyers(5), new List<CustomerId>(), new List<CustomerId>());

        var woken = await Wake(Now, 2, (customer, context) =>
        {
            if (first.Count == 0)
            {
                Assert.Equal(3, Task.Run(() => Wake(Now, 10, Wakes(second))).GetAwaiter().GetResult());
            }

            return Wakes(first)(customer, context);
        });

        Assert.Equal(2, woken);
        Assert.Equal(buyers[..2], first);
        Assert.Equal(buyers[2..], second);
        Assert.Equal(5, await Rig.Count("mt_events where type = 'step-held.v1'"));
    }

    [Fact]
    public async Task A_wake_that_decides_nothing_is_repeated_later_and_not_at_once()
    {
        var ada = Assert.Single(await Buyers(1));
        var before = await Rig.Customer(ada);

        Assert.Equal(1, await Wake(Now, 10, Just()));

        Assert.Equal(Now.AddMinutes(1), await DueAt(ada));
        Assert.Equal(0, await Wake(Now, 10, Just()));
        Assert.Equal(before.Version, (await Rig.Customer(ada)).Version);
    }

    [Fact]
    public async Task A_change_of_the_shop_makes_every_customer_with_something_planned_due()
    {
        var buyers = await Buyers(2);
        await Rig.Deliver("idle", [Rig.Email("idle@example.com")], [Learned("idle@example.com")]);
        await Wake(Now, 10, Wakes([]));
        Rig.Clock.Advance(TimeSpan.FromHours(1));

        await Store.Update<Domain.Shops.Shop>(Rig.Shop, "shop", _ => [new ShopConfigured(Settings, Now)], default);

        foreach (var id in buyers)
        {
            Assert.Equal(Now, await DueAt(id));
        }

        Assert.Equal(1, await Rig.Count("cx_customers where due_at is null"));
    }

    [Fact]
    public async Task Switching_sending_on_releases_held_steps()
    {
        var ada = Assert.Single(await Buyers(1));
        await Wake(Now, 10, Wakes([]));
        Assert.Equal(Reason.SendingOff, Assert.IsType<StepHeld>((await Rig.Stream(ada))[^1].Event).Reason);
        Rig.Clock.Advance(TimeSpan.FromHours(1));

        await Store.Update<Domain.Shops.Shop>(Rig.Shop, "shop", _ => [new SendingSwitched(Sending.On, Now)], default);
        await Wake(Now, 10, Wakes([]));

        Assert.Equal("thank-you", Assert.IsType<MessageQueued>((await Rig.Stream(ada))[^1].Event).Step);
        Assert.Equal(1, await Rig.Count($"cx_outbox where customer = '{ada}' and status = 'queued' and step = 'thank-you' and order_id = 'o0'"));
    }

    private DateTimeOffset Now => Rig.Clock.GetUtcNow();

    /// <summary>Customers who bought something, each a minute after the other: their thanks are due.</summary>
    private async Task<List<CustomerId>> Buyers(int count)
    {
        var buyers = new List<CustomerId>();
        for (var i = 0; i < count; i++)
        {
            ICustomerEvent[] facts = [Learned($"c{i}@example.com"), Placed($"o{i}")];
            buyers.Add((await Rig.Deliver($"buyer-{i}", [Rig.Email($"c{i}@example.com"), Rig.Order($"o{i}")], facts, decide: Recording.Of(facts))).Customer!.Value);
            Rig.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        return buyers;
    }

    private async Task<int> Wake(DateTimeOffset at, int atMost, Decide decide) => (await Store.Wake(at, TimeSpan.Zero, atMost, decide, default)).Due;

    private static Decide Wakes(List<CustomerId> woken) => (customer, context) =>
    {
        woken.Add(customer.Id);
        return FollowUpDecisions.Wake(customer, context, OfferChoice.NotLookedUp);
    };

    private async Task<DateTimeOffset> DueAt(CustomerId customer) => await Rig.Scalar<DateTime>($"select due_at from cx_customers where id = '{customer}'");
}
