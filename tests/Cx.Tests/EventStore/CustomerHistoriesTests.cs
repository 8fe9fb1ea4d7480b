using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Simulating;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>The whole log of a shop, read customer by customer.</summary>
public sealed class CustomerHistoriesTests
{
    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task Each_customer_comes_once_with_all_that_was_recorded_in_its_order_however_small_the_parts_are()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var customers = new List<CustomerId>();
        for (var i = 0; i < 5; i++)
        {
            customers.Add(await host.Report([(IdentifierKind.Email, $"c{i}@example.com"), (IdentifierKind.Order, $"o{i}")], [Placed($"o{i}")]));
        }

        clock.Advance(TimeSpan.FromDays(1));
        var to = clock.GetUtcNow();
        foreach (var i in new[] { 4, 0, 2 })
        {
            await host.Report([(IdentifierKind.Order, $"o{i}")], [Delivered($"o{i}", 1)]);
        }

        clock.Advance(TimeSpan.FromDays(1));
        await host.Report([(IdentifierKind.Order, "o1")], [Delivered("o1", 2)]);
        await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{customers[3]}");

        var whole = await Read(host, to, mostEvents: 1_000);
        var small = await Read(host, to, mostEvents: 1);

        Assert.Equal(customers.Where(c => c != customers[3]).OrderBy(c => c.Value, StringComparer.Ordinal), whole.Select(h => h.Customer));
        Assert.Equal(whole.Select(Written), small.Select(Written));
        foreach (var history in whole)
        {
            var expected = await host.Get<IEventStore>().ReadCustomer(new(ApiHost.Shop), [history.Customer], new(to, null), default).ToListAsync();
            Assert.Equal(expected.Select(e => (e.Type, e.RecordedAt, e.Correlation, e.Causation)), history.Events.Select(e => (EventCatalog.NameOf(e.Event), e.RecordedAt, (string?)e.Correlation, (string?)e.Cause)));
            Assert.All(history.Events, e => Assert.True(e.ShopVersion > 0));
        }

        Assert.Equal(4, whole.Count);
        Assert.Contains(whole.Single(h => h.Customer == customers[0]).Events, e => e.Event is OrderDelivered);
        Assert.DoesNotContain(whole.Single(h => h.Customer == customers[1]).Events, e => e.Event is OrderDelivered);
    }

    [Fact]
    public async Task Linked_customers_are_one_and_parted_ones_have_each_their_own()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var lead = await host.Report([(IdentifierKind.Email, "o1@example.com"), (IdentifierKind.Order, "o1")], [Placed("o1")]);
        clock.Advance(TimeSpan.FromMinutes(1));
        var member = await host.Report([(IdentifierKind.Email, "o2@example.com"), (IdentifierKind.Order, "o2")], [Placed("o2")]);
        var links = $"api/shops/{ApiHost.Shop}/customers/{lead}/links";
        await host.Post(links, new { customer = member.Value });
        await host.Report([(IdentifierKind.Order, "o2")], [Delivered("o2", 1)]);

        var together = Assert.Single(await Read(host, clock.GetUtcNow(), 1_000));
        Assert.Equal((lead, 2, 1), (together.Customer, together.Events.Count(e => e.Event is OrderPlaced), together.Events.Count(e => e.Event is OrderDelivered)));
        Assert.Contains(together.Events, e => e.Stream == member && e.Event is OrderPlaced);

        (await host.Client.DeleteAsync($"{links}/{member}")).EnsureSuccessStatusCode();
        var parted = await Read(host, clock.GetUtcNow(), 1_000);
        Assert.Equal(2, parted.Count);
        Assert.Contains(parted.Single(h => h.Customer == member).Events, e => e.Event is OrderDelivered);
        Assert.DoesNotContain(parted.Single(h => h.Customer == lead).Events, e => e.Event is OrderDelivered);
    }

    [Fact]
    public async Task What_bars_an_address_in_the_whole_shop_comes_with_whoever_has_it()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var first = await host.Report([(IdentifierKind.Email, "ada@example.com"), (IdentifierKind.ShopCustomerId, "1")], [Learned("ada@example.com")]);
        await host.Report([(IdentifierKind.ShopCustomerId, "2")], [Learned("ada@example.com")]);
        await host.Report([(IdentifierKind.Email, "ada@example.com")], [Objected(0)]);

        var other = (await Read(host, clock.GetUtcNow(), 1_000)).Single(h => h.Customer != first);

        Assert.Contains(other.Barred, b => b.Purpose == Cx.Domain.Privacy.Purpose.Marketing);
    }

    [Fact]
    public async Task One_whose_log_cannot_be_read_is_named_and_holds_up_nobody()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var odd = await host.Report([(IdentifierKind.Email, "o1@example.com"), (IdentifierKind.Order, "o1")], [Placed("o1")]);
        var other = await host.Report([(IdentifierKind.Email, "o2@example.com"), (IdentifierKind.Order, "o2")], [Placed("o2")]);
        await using (var broken = host.Database.CreateCommand($"update mt_events set data = '[]' where stream_id = 'customer-{odd}' and version = 1"))
        {
            await broken.ExecuteNonQueryAsync();
        }

        var page = await Page(host, clock.GetUtcNow(), null, 1_000);

        Assert.Equal((other, odd), (Assert.Single(page.Histories).Customer, Assert.Single(page.Unreadable).Customer));
    }

    private static async Task<List<CustomerHistory>> Read(ApiHost host, DateTimeOffset to, int mostEvents)
    {
        var read = new List<CustomerHistory>();
        for (CustomerId? after = null; ;)
        {
            var page = await Page(host, to, after, mostEvents);
            read.AddRange(page.Histories);
            if (page.Next is null)
            {
                return read;
            }

            after = page.Next;
        }
    }

    private static async Task<CustomerHistoryPage> Page(ApiHost host, DateTimeOffset to, CustomerId? after, int mostEvents)
    {
        await using var connection = await host.Database.OpenConnectionAsync();
        var facts = (ShopFacts)(await host.Get<ShopDirectory>().Get(new(ApiHost.Shop), default))!;
        return await host.Get<CustomerHistories>().Read(connection, new(facts, to, after, _ => true, mostEvents, 2), default);
    }

    private static string Written(CustomerHistory history) => $"{history.Customer} {string.Join(' ', history.Events.Select(e => $"{EventCatalog.NameOf(e.Event)}@{e.RecordedAt:O}"))}";
}
