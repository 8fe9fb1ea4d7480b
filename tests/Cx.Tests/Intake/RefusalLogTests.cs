using Cx.Application.Intake;
using Cx.Tests.Support;

namespace Cx.Tests.Intake;

public class RefusalLogTests
{
    private readonly HandClock clock = new(new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero));
    private readonly TestLog<RefusalLog> log = new();
    private readonly List<TestLogEntry> lines = [];
    private readonly RefusalLog refusals;

    public RefusalLogTests()
    {
        log.Logged += lines.Add;
        refusals = new(clock, log);
    }

    [Fact]
    public void Forgeries_take_one_line_a_source_and_minute_with_their_count()
    {
        for (var second = 0; second < 121; second++)
        {
            refusals.Add(new("bottega"), "shopify", isConfigured: true);
            refusals.Add(new("bottega"), "woocommerce", isConfigured: true);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([1L, 60L, 60L], lines.Where(l => (string?)l.Values["Source"] == "shopify").Select(l => (long)l.Values["Count"]!));
        Assert.Equal(6, lines.Count);
    }

    [Fact]
    public void Names_that_somebody_made_up_share_one_line_and_are_not_repeated()
    {
        for (var i = 0; i < 1000; i++)
        {
            refusals.Add(new($"shop-{i}"), $"source-{i}", isConfigured: false);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        refusals.Add(new("shop-0"), "source-0", isConfigured: false);

        Assert.Equal([1L, 1000L], lines.Select(l => (long)l.Values["Count"]!));
        Assert.All(lines, l => Assert.False(l.Values.ContainsKey("Shop")));
    }
}
