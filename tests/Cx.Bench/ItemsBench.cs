using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using Microsoft.Extensions.DependencyInjection;
using static Cx.Domain.Privacy.Personal;

namespace Cx.Bench;

/// <summary>One further touchpoint of each sort for a customer with many of that sort, against one with ten.</summary>
internal static class ItemsBench
{
    private const int Few = 10;
    private const int Rounds = 20;
    private const int PerRound = 8;

    // Those before the measured rounds warm up.
    private const int FewCustomers = Rounds + 3;
    private const int FactsAtOnce = 100;
    private const double Target = 1.5;

    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow.AddYears(-2);

    private static readonly Sort[] Sorts =
    [
        new("visit", n => [new VisitMade($"visit-{n}", Channel.Web, Stage.Information, At(n))]),
        new("call", n => [Call(n)]),
        new("rating", n => [new FeedbackGiven($"rating-{n}", FeedbackKind.Nps, 8, null, Channel.Email, Stage.PostSale, null, At(n))]),
        new("review", n => [new ReviewPosted($"review-{n}", 4, null, null, Channel.Web, Clear("Just as described."), At(n))]),
        new("question", n => [Question(n), Answer(n)]) { Next = n => [Question(n)] },
        new("answer", n => [Question(n), Answer(n)]) { Next = n => [Answer(n)] },

        // The cancellation ends the follow-up that the order starts: else more would run with each.
        new("order, cancelled", n => [Order(n), new OrderCancelled(new($"order-{n}"), Canceller.Customer, At(n).AddHours(1))]),
    ];

    public static async Task Run(int touchpoints, Effort effort)
    {
        await using var bench = await BenchHost.Start();
        Console.WriteLine($"items: one further touchpoint for a customer with {Few} of its sort, and for one with {touchpoints}");
        foreach (var sort in Sorts)
        {
            await Fill(bench, sort, "many", touchpoints);
            for (var i = 0; i < FewCustomers; i++)
                await Fill(bench, sort, $"few-{i}", Few);

            var number = touchpoints;
            var compared = await Alternating.Run(sort.Name, effort.Of(Rounds), PerRound, round => (
                new(bench.Raw, () => Record(bench, Customer(bench, sort, $"few-{(round + FewCustomers) % FewCustomers}"), sort.Next(++number))),
                new(bench.Raw, () => Record(bench, Customer(bench, sort, "many"), sort.Next(++number)))));
            compared.Print(Target, withWal: true);
        }
    }

    private static async Task Fill(BenchHost bench, Sort sort, string name, int count)
    {
        var customer = Customer(bench, sort, name);
        foreach (var numbers in Enumerable.Range(0, count).Chunk(FactsAtOnce))
            await Record(bench, customer, [.. numbers.SelectMany(sort.Past)]);
    }

    private static async Task Record(BenchHost bench, CustomerRef customer, ICustomerEvent[] facts)
    {
        var outcome = await bench.Store.Transact(
            BenchHost.Shop, customer, new("bench", "bench", "bench") { Reads = bench.ReadsOf(facts) }, Recording.Of(facts), default);
        if (outcome.Events.Count < facts.Length)
            throw new InvalidOperationException($"Of {facts.Length} facts {outcome.Events.Count} were recorded.");
    }

    private static CustomerRef.ByIdentifiers Customer(BenchHost bench, Sort sort, string name) =>
        new([Lookup.Of(bench.Host.Services.GetRequiredService<InstallationKeys>(), BenchHost.Shop, IdentifierKind.Visitor, $"{sort.Name} {name}")]);

    private static DateTimeOffset At(int n) => Start.AddMinutes(n);

    private static ContactMade Call(int n) =>
        new($"call-{n}", new($"call-{n}"), Channel.Phone, Direction.Inbound, Stage.PostSale, null, false, Clear("Asked when the shop opens."), At(n));

    // Questions and answers are all in one conversation.
    private static ContactMade Question(int n) =>
        new($"question-{n}", new("chat"), Channel.Chat, Direction.Inbound, Stage.PostSale, null, true, Clear("Where is my parcel?"), At(n));

    private static ContactAnswered Answer(int n) => new($"answer-{n}", new("chat"), Channel.Chat, Clear("On its way."), At(n).AddSeconds(30));

    private static OrderPlaced Order(int n) =>
        new(new($"order-{n}"), $"#{n}", new(30, "EUR"), [new(new("4711"), "MOKA", "Moka", 1, 30, "kitchen")], null, At(n), At(n));

    /// <param name="Past">The facts of one that happened long ago, by its number.</param>
    private sealed record Sort(string Name, Func<int, ICustomerEvent[]> Past)
    {
        /// <summary>The facts of a further one.</summary>
        public Func<int, ICustomerEvent[]> Next { get; init; } = Past;
    }
}
