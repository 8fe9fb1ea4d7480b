using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Customers;

public class FoldProperties
{
    private static readonly DateTimeOffset Now = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DecisionContext DecisionContext = new(
        ShopFacts.Of(new(new("bottega"), new("Bottega", "Europe/Rome", ["it"]), Sending.Off) { Version = 1 }, []), Now, "test", value => value, [], []);

    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Fact]
    public void Facts_in_any_order_of_arrival_give_the_same_customer() => Check(ReportedFacts.SomeWithVisits, (facts, seed) =>
    {
        var shuffled = facts.ToArray();
        new Random(seed).Shuffle(shuffled);
        return Json(Arrived(facts).Customer) == Json(Arrived(shuffled).Customer);
    });

    [Fact]
    public void Facts_that_arrive_one_by_one_or_together_give_the_same_customer() => Check(ReportedFacts.SomeWithVisits, (facts, _) =>
        Json(Arrived(facts).Customer) == Json(CustomerFold.Evolve(New, Facts(Recording.Decide(New, DecisionContext, facts)))));

    [Fact]
    public void Repeated_facts_in_any_order_change_nothing() => Check(ReportedFacts.Some, (facts, seed) =>
    {
        var customer = Arrived(facts).Customer;
        new Random(seed).Shuffle(facts);
        return Recording.Decide(customer, DecisionContext, facts).Count == 0 && facts.All(fact => Recording.Decide(customer, DecisionContext, [fact]).Count == 0);
    });

    [Fact]
    public void A_rebuild_from_the_stored_events_gives_the_kept_state() => Check(ReportedFacts.SomeWithVisits, (facts, _) =>
    {
        var (customer, events) = Arrived(facts);
        return Json(events.Select(e => (ICustomerEvent)EventCatalog.Read(EventCatalog.NameOf(e), EventCatalog.Write(e))).Aggregate(New, CustomerFold.Evolve)) == Json(customer);
    });

    [Fact]
    public void A_state_that_was_stored_and_read_evolves_like_one_that_was_not() => Check(ReportedFacts.SomeWithVisits, (facts, seed) =>
    {
        var split = facts.Length == 0 ? 0 : seed % facts.Length;
        var kept = JsonSerializer.Deserialize<Customer>(Json(Arrived(facts[..split]).Customer), EventCatalog.Json)!;
        return Json(Arrived(facts[split..], kept).Customer) == Json(Arrived(facts).Customer) && kept.FirstContactAt == Arrived(facts[..split]).Customer.FirstContactAt;
    });

    [Fact]
    public void Maps_keep_their_ordinal_order_through_storage()
    {
        var customer = new[] { "z", "ä", "B", "a", "_" }.Aggregate(New, (c, id) => CustomerFold.Evolve(c, new ReferralMade(id, Now)));

        var read = JsonSerializer.Deserialize<Customer>(Json(customer), EventCatalog.Json)!;

        Assert.Equal(["B", "_", "a", "z", "ä"], read.Referrals.Keys);
        Assert.True(CustomerFold.Evolve(read, new ReferralMade("A", Now)).Referrals.Keys.First() == "A");
    }

    [Fact]
    public void First_and_last_contact_are_found_among_orders_and_parcels()
    {
        OrderId order = new("o1");
        var customer = CustomerFold.Evolve(New,
        [
            new OrderDelivered(order, "p1", Now.AddDays(4)),
            new OrderPlaced(order, null, new(10m, "EUR"), [], PromisedBy: null, Now, Now),
            new VisitMade("v", Channel.Web, Stage.Need, Now.AddDays(1)),
        ]);

        Assert.Equal((Now, Now.AddDays(4)), (customer.FirstContactAt, customer.LastContactAt));
    }

    private static Customer New => CustomerFold.Start(new("c"));

    private static void Check(Arbitrary<ICustomerEvent[]> facts, Func<ICustomerEvent[], int, bool> holds) =>
        Prop.ForAll(facts, Gen.Choose(0, int.MaxValue).ToArbitrary(), holds).Check(Many);

    private static (Customer Customer, IReadOnlyList<ICustomerEvent> Events) Arrived(IEnumerable<ICustomerEvent> facts, Customer? start = null)
    {
        var customer = start ?? New;
        var events = new List<ICustomerEvent>();
        foreach (var fact in facts)
        {
            var changes = Facts(Recording.Decide(customer, DecisionContext, [fact])).ToList();
            customer = CustomerFold.Evolve(customer, changes);
            events.AddRange(changes);
        }

        return (customer, events);
    }

    // Follow-ups react to what is known at the time: they may depend on the order of arrival.
    private static IEnumerable<ICustomerEvent> Facts(IEnumerable<ICustomerEvent> events) => events.Where(e => e is not Domain.FollowUps.IFollowUpEvent);

    private static string Json(Customer customer) => JsonSerializer.Serialize(customer, EventCatalog.Json);
}
