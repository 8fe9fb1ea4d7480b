using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;

namespace Cx.Tests.Customers;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>What the shop does.</summary>
internal enum Deed { Wake, Send, Refuse, Doubt, Settle, Pause, Resume, Cap }

/// <summary>The same history in the whole state and in rows.</summary>
/// <param name="declared">Whether what a decision reads is loaded at once, or only when it is found missing.</param>
internal sealed class Told(CustomerId id, ShopFacts shop, bool declared = true, bool wholeToo = true)
{
    private static readonly IReadOnlyList<OfferedProduct> Shelf = [new(new("p-9"), "Laces", "Bought with boots", Analogous: true)];

    private readonly List<ICustomerEvent> log = [];

    private ShopFacts shop = shop;

    public StoredState Stored { get; } = new(id);

    public Customer Customer { get; private set; } = CustomerFold.Start(id);

    public IReadOnlyList<ICustomerEvent> Record(DateTimeOffset at, params ICustomerEvent[] facts) =>
        Commit(at, declared ? StateQuery.Of(facts) : StateQuery.Open, (c, s) => Recording.Decide(c, s, facts));

    /// <summary>Wakes the customer whenever due, and sends at once what was queued, up to an instant.</summary>
    public void RunUntil(DateTimeOffset end)
    {
        while (FollowUpDecisions.NextDue(Customer, shop) is { } due && due <= end)
        {
            var at = due > Customer.RecordedAt ? due : Customer.RecordedAt;
            Do(Deed.Wake, at);
            Do(Deed.Send, at);
        }
    }

    public void Do(Deed deed, DateTimeOffset at)
    {
        switch (deed)
        {
            case Deed.Wake:
                Commit(at, StateQuery.Open, (c, s) => FollowUpDecisions.Wake(c, s, FollowUpDecisions.WantsOffers(c, s.Shop, at) ? new(Shelf) : OfferChoice.NotLookedUp));
                break;
            case Deed.Send: Attempt(at, (c, s, m) => MessageDecisions.Accepted(c, s, m, "250")); break;
            case Deed.Refuse: Attempt(at, (c, s, m) => MessageDecisions.Deferred(c, s, m, "451")); break;
            case Deed.Doubt: Attempt(at, (c, s, m) => MessageDecisions.InDoubt(c, s, m, "lost")); break;
            case Deed.Settle:
                foreach (var (message, _) in Customer.Messages.Where(m => m.Value.Status == MessageStatus.InDoubt))
                    Commit(at, StateQuery.Of(message), (c, s) => MessageDecisions.Settle(c, s, message, at.Minute % 2 == 0, "key"));
                break;
            case Deed.Pause: shop = shop with { Sending = Sending.Paused }; break;
            case Deed.Resume: shop = shop with { Sending = Sending.On }; break;
            case Deed.Cap: shop = shop with { Policy = shop.Policy with { Caps = [shop.Policy.Caps[0] with { Most = 6 - shop.Policy.Caps[0].Most, Within = TimeSpan.FromDays(90) - shop.Policy.Caps[0].Within }] } }; break;
        }
    }

    /// <summary>The rows are those of the whole state, and that is the fold of all events from zero.</summary>
    public void Check()
    {
        var folded = CustomerFold.Evolve(CustomerFold.Start(id), log) with { Version = Customer.Version, RecordedAt = Customer.RecordedAt };
        Assert.Equal(Json(folded), Json(Stored.Whole));
        if (log.Count > 0)
            Assert.Equal(CustomerState.New(id).Changes(folded, shop).Rows.Select(StoredState.Text).Order(StringComparer.Ordinal), Stored.Dump);
    }

    private void Attempt(DateTimeOffset at, Func<Customer, DecisionContext, MessageId, IReadOnlyList<ICustomerEvent>> ends)
    {
        foreach (var (message, _) in Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued))
        {
            if (Commit(at, StateQuery.Of(message), (c, s) => MessageDecisions.Claim(c, s, message, "smtp", resendable: false)).OfType<MessageAttempted>().Any())
                Commit(at, StateQuery.Of(message), (c, s) => ends(c, s, message));
        }
    }

    private IReadOnlyList<ICustomerEvent> Commit(DateTimeOffset at, StateQuery reads, Func<Customer, DecisionContext, IReadOnlyList<ICustomerEvent>> decide)
    {
        var context = new DecisionContext(shop, at, "test", p => p, [], []);
        var events = Stored.Transact(reads, shop, at, c => decide(c, context));
        if (!wholeToo)
        {
            Customer = Stored.Open(shop);
            return events;
        }

        Assert.Equal(Written(decide(Customer, context)), Written(events));
        if (events.Count > 0)
        {
            // What wakes the customer next is computed of the part as well, as it is after the transaction and as it is loaded again.
            Customer = CustomerFold.Evolve(Customer, events) with { Version = Customer.Version + events.Count, RecordedAt = at };
            var next = FollowUpDecisions.NextDue(Customer, shop);
            Assert.Equal((next, next), (FollowUpDecisions.NextDue(Stored.After, shop), FollowUpDecisions.NextDue(Stored.Open(shop), shop)));
        }

        log.AddRange(events);
        return events;
    }

    private static string Written(IEnumerable<ICustomerEvent> events) =>
        string.Join('\n', events.Select(e => EventCatalog.NameOf(e) + System.Text.Encoding.UTF8.GetString(EventCatalog.Write(e))));

    private static string Json(Customer customer) => JsonSerializer.Serialize(customer, EventCatalog.Json);
}
