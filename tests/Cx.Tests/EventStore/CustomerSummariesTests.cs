using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.Support;
using Npgsql;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.EventStore;

/// <summary>A list of customers reads what it shows, however long their histories are, and says the same as these.</summary>
public sealed class CustomerSummariesTests : IAsyncLifetime
{
    private readonly SentCommands sent = new();
    private StoreRig rig = null!;
    private NpgsqlDataSource database = null!;

    public async Task InitializeAsync() => rig = await StoreRig.Create(r =>
    {
        database = new NpgsqlDataSourceBuilder(r.Connection).UseLoggerFactory(sent).Build();
        return Task.FromResult<IEventStore>(Stores.On(database, r.Keys, r.Clock));
    });

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        await rig.DisposeAsync();
    }

    [Fact]
    public async Task A_list_of_long_histories_is_one_statement_that_reads_no_item()
    {
        var customers = await Fill(count: 3, touchpoints: 400);
        var first = await List();

        sent.Clear();
        var second = await List();

        var statement = Assert.Single(Assert.Single(sent.Batches));
        Assert.DoesNotContain("cx_states", statement, StringComparison.Ordinal);
        Assert.DoesNotContain("mt_events", statement, StringComparison.Ordinal);
        Assert.Equal(first, second);
        Assert.Equal(customers.Order(), second.Select(c => c.Id));

        // Whom retention erases is looked at in the same way.
        sent.Clear();
        var looked = await new CustomerSummaries(database, Customers()).Of(await Facts(), [.. second.Reverse().Select(c => c.Id)], rig.Clock.GetUtcNow(), default);
        Assert.Equal(second.Reverse(), looked!);
        Assert.DoesNotContain("cx_states", Assert.Single(Assert.Single(sent.Batches)), StringComparison.Ordinal);

        // A further touchpoint of one customer: that one's items are read once.
        await rig.Deliver("more", [rig.Email("1@example.com")], [Rated(400)]);
        sent.Clear();
        var third = await List();
        Assert.Single(sent.Batches, b => b.Any(s => s.Contains("cx_states", StringComparison.Ordinal)));
        Assert.Equal(1, third.Count(c => !second.Contains(c)));

        sent.Clear();
        Assert.Equal(third, await List());
        Assert.Single(sent.Batches);
    }

    [Fact]
    public async Task The_score_in_the_list_is_that_of_the_whole_state_whatever_time_passes_or_settings_change()
    {
        await Fill(count: 2, touchpoints: 3);
        await rig.Deliver("late", [rig.Email("1@example.com")], [Placed("o1"), Delivered("o1", 3), Complained("k1", "late", "o1")]);
        await rig.Deliver("ask", [rig.Email("0@example.com")], [new ContactMade("q", new("t"), Channel.Email, Direction.Inbound, Stage.Information, null, true, null, Monday)]);

        // The question's deadline passes, and the order's episode closes.
        foreach (var hours in new[] { 0, 1, 30, 24 * 20, 24 * 13, 24, 24 * 90 })
        {
            rig.Clock.Advance(TimeSpan.FromHours(hours));
            await Compare();
        }

        var settings = new ShopSettings("Bottega", "Europe/Rome", ["it"]) { Experience = new() { EmphasisFactor = 3, HalfLifeDays = 20 } };
        await rig.Store.Update<Domain.Shops.Shop>(rig.Shop, Domain.Shops.Shop.StreamKey, _ => [new ShopConfigured(settings, StoreRig.Start)], default);
        await Compare();
    }

    [Fact]
    public async Task A_page_ends_early_where_much_has_to_be_read_and_is_whole_when_it_is_read_again()
    {
        var ids = (await Fill(count: 5, touchpoints: 10)).Select(c => c.Value).Order(StringComparer.Ordinal).ToArray();

        Assert.Equal($"{ids[0]} {ids[1]}, next after {ids[1]}", await Page(after: null));
        Assert.Equal($"{ids[2]} {ids[3]}, next after {ids[3]}", await Page(after: ids[1]));
        Assert.Equal($"{ids[0]} {ids[1]} {ids[2]} {ids[3]}, next after {ids[3]}", await Page(after: null));
        Assert.Equal($"{ids[4]}, next after ", await Page(after: ids[3]));
    }

    private async Task<string> Page(string? after)
    {
        var page = await new CustomerSummaries(database, Customers()) { MostEvents = 15 }.List(await Facts(), after, 4, rig.Clock.GetUtcNow(), default);
        return $"{string.Join(' ', page.Items.Select(i => i.Id))}, next after {page.Next}";
    }

    [Fact]
    public async Task Nothing_is_kept_of_the_erased()
    {
        var customers = await Fill(count: 2, touchpoints: 2);
        await List();
        Assert.Equal(2, await rig.Count("cx_summaries"));

        await rig.Command(customers[0], Just(Erased()));

        Assert.Equal(customers[1], Assert.Single(await List()).Id);
        Assert.Equal(0, await rig.Count($"cx_summaries where customer = '{customers[0]}'"));
    }

    private async Task<List<CustomerId>> Fill(int count, int touchpoints)
    {
        var customers = new List<CustomerId>();
        for (var n = 0; n < count; n++)
        {
            customers.Add((await rig.Deliver($"c{n}", [rig.Email($"{n}@example.com")], [.. Enumerable.Range(0, touchpoints).Select(Rated)])).Customer!.Value);
        }

        return customers;
    }

    private static FeedbackGiven Rated(int n) => new($"f{n}", FeedbackKind.Csat, 1 + n % 5, null, Channel.Web, Stage.Decision, null, Monday.AddMinutes(-n));

    private async Task<IReadOnlyList<(CustomerId Id, CustomerSummary Summary)>> List() =>
        (await new CustomerSummaries(database, Customers()).List(await Facts(), null, 50, rig.Clock.GetUtcNow(), default)).Items;

    private async Task Compare()
    {
        var (facts, at) = (await Facts(), rig.Clock.GetUtcNow());
        foreach (var (id, summary) in await List())
        {
            var customer = (await Customers().Find(rig.Shop, id, StateQuery.Everything, default))!;
            var (signals, episodes) = CustomerSignals.Of(customer, facts);
            var score = ExperienceFormula.Evaluate(signals, episodes, at, facts.Experience);
            Assert.Equal(score.Score, summary.ScoreAt(at, facts.Experience)!.Value.Score, 1e-9);
            Assert.Equal(score.Confidence, summary.ScoreAt(at, facts.Experience)!.Value.Confidence, 1e-9);
            Assert.Equal((customer.FirstContactAt, customer.LastContactAt, customer.Orders.Count), (summary.FirstContactAt, summary.LastContactAt, summary.Orders));
        }
    }

    // Read outside of the logged data source.
    private async Task<ShopFacts> Facts() => (await new ShopDirectory(Stores.Marten(rig.Database)).Get(rig.Shop, default))!;

    private CustomerDirectory Customers() => new(database, rig.Store, rig.Keys);
}
