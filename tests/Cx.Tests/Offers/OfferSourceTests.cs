using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Offers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore.Projections;
using Cx.Tests.Support;
using Source = Cx.Application.Offers.OfferSource;

namespace Cx.Tests.Offers;

public sealed class OfferSourceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    private ViewLog log = null!;

    public async Task InitializeAsync() => log = await ViewLog.Create();

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task Offers_come_from_what_others_bought()
    {
        await Follow(("customer-a", Bought("1", "pan/1", "lid")), ("customer-b", Bought("2", "pan/1", "lid")), ("customer-c", Bought("3", "pot")), ("customer-d", Bought("4", "pot", "rug")));
        var customer = CustomerFold.Evolve(CustomerFold.Start(new("e")), [Bought("5", "pan/1"), new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "api", null, Day)]);

        var offers = await new Source(log.Reader, new HandClock(Day.AddDays(1))).For(ViewLog.Shop, customer, CancellationToken.None);

        Assert.Equal([("lid", OfferKind.CoPurchase), ("pot", OfferKind.Category)], offers.Select(o => (o.Product.Value, o.Kind)));
    }

    [Fact]
    public async Task A_view_followed_in_pieces_is_the_one_folded_at_once()
    {
        var facts = Enumerable.Range(0, 300).Select(i => ($"customer-{i % 17}", (IEvent)(i % 11 == 0
            ? new OrderCancelled(new($"{i - 4}"), Canceller.Shop, Day)
            : Bought($"{i}", $"p{i % 7}", $"p{i * i % 13}")))).ToArray();
        foreach (var piece in facts.Chunk(100))
        {
            await Follow(piece);
        }

        var whole = MemoryRows.Fold(facts);
        var pairs = await log.Reader.Find<Pair>(AffinityView.ViewName, ViewLog.Shop, [.. whole.Rows.Keys.Where(k => k.StartsWith("pair/", StringComparison.Ordinal))], CancellationToken.None);
        var items = await log.Reader.Find<Item>(AffinityView.ViewName, ViewLog.Shop, [.. whole.Rows.Keys.Where(k => k.StartsWith("item/", StringComparison.Ordinal))], CancellationToken.None);
        var buyers = await log.Reader.Find<Buyer>(AffinityView.ViewName, ViewLog.Shop, [.. whole.Rows.Keys.Where(k => k.StartsWith("buyer/", StringComparison.Ordinal))], CancellationToken.None);
        var read = new MemoryRows();
        foreach (var (key, row) in pairs.Select(p => (p.Key, (object)p.Value)).Concat(items.Select(i => (i.Key, (object)i.Value))).Concat(buyers.Select(b => (b.Key, (object)b.Value))))
        {
            read.Rows[key] = row;
        }

        Assert.True(whole.IsLike(read));
        Assert.Equal(whole.Rows.Count, await log.Scalar("select count(*) from cx_view_rows"));
    }

    // Follows the log until it has seen all that was appended, and stops.
    private async Task Follow(params (string Stream, IEvent Event)[] facts)
    {
        var last = 0L;
        await using (var connection = await log.Source.OpenConnectionAsync())
        {
            foreach (var (stream, e) in facts)
            {
                last = await log.Append(connection, stream, [e]);
            }
        }

        await using var host = new RunningHost(log.Host(new AffinityView()));
        await host.Shows(last, AffinityView.ViewName);
    }

    private static OrderPlaced Bought(string order, params string[] products) => new(
        new(order), null, new(5, "EUR"), [.. products.Select(p => new OrderLine(new(p), null, p, 1, 5, p is "rug" ? "home" : "kitchen"))], null, Day, Day);
}
