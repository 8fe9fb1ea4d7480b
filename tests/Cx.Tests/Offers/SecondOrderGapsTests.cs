using Cx.Application.EventStore;
using Cx.Application.FollowUps.Cadences;
using Cx.Application.Offers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Offers;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.EventStore.Projections;
using Cx.Tests.Support;

namespace Cx.Tests.Offers;

/// <summary>The shop's figure for who bought once, from the log over the view to the shop's facts.</summary>
public sealed class SecondOrderGapsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    private readonly HandClock clock = new(Day.AddDays(90));
    private ViewLog log = null!;

    public async Task InitializeAsync() => log = await ViewLog.Create();

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task A_shop_that_asks_for_silence_gets_the_gap_within_which_four_of_five_bought_again()
    {
        var marten = Stores.Marten(log.Source);
        var (shops, gaps) = (new ShopDirectory(marten), new SecondOrderGaps(log.Reader, new(marten), log.Store, clock));
        await log.Store.Update<Domain.Shops.Shop>(ViewLog.Shop, Domain.Shops.Shop.StreamKey, _ => [new ShopConfigured(new("Demo", "Europe/Rome", ["it"]), clock.GetUtcNow())], default);
        await Buy(60);

        await gaps.Measure(default);
        Assert.Null((await shops.Get(ViewLog.Shop, default))!.SecondOrderGap);

        var facts = (await shops.Get(ViewLog.Shop, default))!;
        await new CadenceDirectory(marten, log.Store, log.Source, clock).Change(facts, "win-back", (cadence, at) => Cadence.Publish(cadence!, RunningChoice.Stay, given => given, "test", at), null, default);
        await gaps.Measure(default);
        var measured = (await shops.Get(ViewLog.Shop, default))!;
        Assert.Equal(TimeSpan.FromDays(48), measured.SecondOrderGap);

        await gaps.Measure(default);
        Assert.Equal(measured.Version, (await shops.Get(ViewLog.Shop, default))!.Version);
    }

    // Each buys again one day later than the one before.
    private async Task Buy(int customers)
    {
        var last = 0L;
        await using (var connection = await log.Source.OpenConnectionAsync())
        {
            for (var i = 1; i <= customers; i++)
            {
                last = await log.Append(connection, $"customer-{i}", [Bought($"{i}a", Day), Bought($"{i}b", Day.AddDays(i))]);
            }
        }

        await using var host = new RunningHost(log.Host(new AffinityView()));
        await host.Shows(last, AffinityView.ViewName);
    }

    private static OrderPlaced Bought(string order, DateTimeOffset at) => new(new(order), null, new(5, "EUR"), [new(new("p"), null, "p", 1, 5, null)], null, at, at);
}
