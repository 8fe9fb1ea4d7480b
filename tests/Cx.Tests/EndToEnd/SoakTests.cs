using Cx.Bench.Soak;

namespace Cx.Tests.EndToEnd;

/// <summary>Seven competing cadences for half a year, and kill -9 while marketing publishes, pauses, resumes and archives: the same messages as undisturbed, each once.</summary>
public sealed class SoakTests
{
    private const int Customers = 8, Days = 180, Seed = 7;

    [Fact]
    public async Task Killed_while_plans_change_the_host_sends_what_it_would_have_sent()
    {
        var year = InventedYear.Of(Customers, Days, Seed);
        HashSet<Happening> deadly = [.. year.Where(InventedYear.IsPlanChange)];

        var undisturbed = await SoakRun.Run(year, new HashSet<Happening>(), Seed);
        var killed = await SoakRun.Run(year, deadly, Seed);

        Assert.InRange(undisturbed.Messages.Count, 5 * Customers, int.MaxValue);
        Assert.All(undisturbed.Messages, m => Assert.Equal((true, "accepted"), (m.To is not null, m.State)));
        Assert.Empty(killed.MissingOf(undisturbed));
        Assert.Empty(undisturbed.MissingOf(killed));
        Assert.Equal(0, killed.Changed);
    }
}
