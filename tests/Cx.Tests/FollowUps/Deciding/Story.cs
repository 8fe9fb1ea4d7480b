using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Experience;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Explaining;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Deciding;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>One customer's story, told through the real deciders and the real fold, as the store would run them.</summary>
internal sealed class Story
{
    private static readonly IReadOnlyList<OfferedProduct> Shelf = [new(new("p-9"), "Laces", "Bought with boots", Analogous: true), new(new("p-7"), "Umbrella", "A best-seller", Analogous: false)];

    private static readonly Sentences[] Said = [.. Sentences.Languages.Select(l => new Sentences(l, "Europe/Rome"))];

    private readonly List<LoggedEvent> log = [];

    internal Customer Customer { get; private set; } = CustomerFold.Start(new("c-1"));

    internal ShopFacts Shop { get; set; } = new(
        new("demo"), 1, "Demo", "Europe/Rome", ["it", "en"], BusinessHours.Default, Sending.On, ContactPolicy.Default, ExperienceSettings.Default, [DefaultCadences.PostSale]);

    internal IReadOnlyList<OfferedProduct> Products { get; set; } = Shelf;

    internal IReadOnlyList<LoggedEvent> Recorded => log;

    internal IEnumerable<ICustomerEvent> Log => log.Select(e => e.Event);

    internal IEnumerable<T> Of<T>() => Log.OfType<T>();

    /// <summary>A story whose customer has an address and opted in.</summary>
    internal static Story Consenting(DateTimeOffset at)
    {
        var story = new Story();
        story.Learn(at, Personal.FromSeal("ada@example.org"));
        story.Record(at, new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, at));
        return story;
    }

    internal void Learn(DateTimeOffset at, Personal? email = null, string? timeZone = null, string? country = null, string? language = null) =>
        Record(at, new CustomerDetailsLearned(email, null, null, null, null, null, null, language, timeZone, country, null, at));

    /// <summary>Facts reach us.</summary>
    internal IReadOnlyList<ICustomerEvent> Record(DateTimeOffset at, params ICustomerEvent[] facts) => Commit(at, s => Recording.Decide(Customer, s, facts));

    // As a host does it: what needs no offers is decided first.
    internal IReadOnlyList<ICustomerEvent> Wake(DateTimeOffset at) =>
    [
        .. Commit(at, s => FollowUpDecisions.Wake(Customer, s, OfferChoice.NotLookedUp)),
        .. Commit(at, s => FollowUpDecisions.WantsOffers(Customer, Shop, at) ? FollowUpDecisions.Wake(Customer, s, new(Products)) : []),
    ];

    internal IReadOnlyList<ICustomerEvent> Claim(DateTimeOffset at, MessageId message, bool resendable = false) =>
        Commit(at, s => MessageDecisions.Claim(Customer, s, message, resendable ? "webhook" : "smtp", resendable));

    internal IReadOnlyList<ICustomerEvent> Commit(DateTimeOffset at, Func<DecisionContext, IReadOnlyList<ICustomerEvent>> decide)
    {
        var events = decide(ContextAt(at));
        foreach (var e in events)
            Customer = CustomerFold.Evolve(Customer, e);
        if (events.Count > 0)
            Customer = Customer with { Version = Customer.Version + events.Count, RecordedAt = at };
        var transaction = $"{log.Count}";
        log.AddRange(events.Select(e => new LoggedEvent(e, at, transaction)));
        Assert.All(events.SelectMany(ChecksOf), c => Assert.All(Said, say => Assert.True(say.Has(c), $"no sentence in {say.Language} for {c}")));
        return events;
    }

    private static IReadOnlyList<Domain.FollowUps.Check> ChecksOf(ICustomerEvent e) => e switch
    {
        MessageQueued x => x.Checks,
        StepHeld x => x.Checks,
        StepSkipped x => x.Checks,
        StepReopened x => x.Checks,
        StepPassed x => x.Checks,
        MessageWithdrawn x => x.Checks,
        _ => [],
    };

    internal DecisionContext ContextAt(DateTimeOffset at) => new(Shop, at, "delivery-1", p => p, [], []);

    internal DateTimeOffset? NextDue => FollowUpDecisions.NextDue(Customer, Shop);

    /// <summary>Claims what is queued, and the receiver takes it.</summary>
    internal void Send(DateTimeOffset at)
    {
        foreach (var (id, _) in Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued).ToList())
        {
            if (Claim(at, id).OfType<MessageAttempted>().Any())
                Commit(at, s => MessageDecisions.Accepted(Customer, s, id, "250 ok"));
        }
    }

    /// <summary>Wakes the customer whenever due, and sends at once what was queued, up to an instant.</summary>
    internal Story RunUntil(DateTimeOffset end)
    {
        for (var turns = 0; NextDue is { } due && due <= end; turns++)
        {
            if (turns == 1000)
                Assert.Fail($"Woken again and again: due {due:O}, recorded {Customer.RecordedAt:O}, last {string.Join(", ", Log.TakeLast(4))}, open {string.Join(", ", Customer.FollowUps.Values.Where(f => f.IsRunning).SelectMany(f => f.Steps))}");
            var at = due > Customer.RecordedAt ? due : Customer.RecordedAt;
            Wake(at);
            Send(at);
        }

        return this;
    }

    internal FollowUp FollowUp => Customer.FollowUps.Values.First();

    internal StepState Step(string id) => FollowUp.StepOf(id);

    internal DateTimeOffset? SentAt(string step) => Of<MessageAttempted>().Where(m => m.Step == step).Select(m => (DateTimeOffset?)m.OccurredAt).FirstOrDefault();

    internal static OrderPlaced Placed(string order, DateTimeOffset at) =>
        new(new(order), order, new Money(50, "EUR"), [new(new($"p-{order}"), null, "Boots", 1, 50, "shoes")], null, at, at);

    internal static OrderShipped Shipped(string order, DateTimeOffset at) => new(new(order), null, at);

    internal static OrderDelivered Delivered(string order, DateTimeOffset at) => new(new(order), null, at);

    internal static OrderCancelled Cancelled(string order, DateTimeOffset at) => new(new(order), Canceller.Customer, at);

    internal static OrderRefunded Refunded(string order, DateTimeOffset at, bool full = true) => new(new(order), $"r-{order}-{full}", null, full, at);

    internal static ReviewPosted Reviewed(string? order, DateTimeOffset at, int stars = 5) =>
        new($"v-{at:O}", stars, order is null ? null : new OrderId(order), null, Channel.Web, null, at);

    internal static ComplaintOpened Complained(string complaint, DateTimeOffset at) => new(new(complaint), null, Channel.Email, null, at);

    internal static ComplaintResolved Resolved(string complaint, DateTimeOffset at) => new(new(complaint), null, at);

    internal static ConsentWithdrawn Objected(DateTimeOffset at) => new(Channel.Email, Purpose.Marketing, "unsubscribe", at);
}
