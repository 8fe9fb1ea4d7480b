using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using Shop = Cx.Domain.Shops.Shop;

namespace Cx.Tests.FollowUps.Policies;

/// <summary>
/// Several people of one shop with five cadences, told through the real deciders and folds as the store would run them: two may turn out to be one, the shop
/// publishes and pauses, and the clock jumps both ways. Every attempt is held against what was sent before, counted here by itself.
/// </summary>
internal sealed class ContactWorld
{
    internal static readonly DateTimeOffset Begin = new(2026, 3, 20, 9, 30, 0, TimeSpan.Zero);

    internal static readonly OfferChoice Offers = new([new(new("p-99"), "Laces", "Bought with boots", Analogous: true)]);

    private static readonly TimeZoneInfo Rome = TimeZoneInfo.FindSystemTimeZoneById("Europe/Rome");

    private static readonly ShopId Id = new("demo");

    internal static readonly ContactPolicy[] Choices =
    [
        ContactPolicy.Default,
        new() { Caps = [new(2, TimeSpan.FromDays(7), Channel.Email), new(3, TimeSpan.FromDays(14))], Spacing = [new(TimeSpan.FromHours(30))], QuietHours = new(new(20, 0), new(10, 0)) },
        new() { Caps = [new(1, TimeSpan.FromDays(3), Category: Category.Marketing), new(4, TimeSpan.FromDays(30), Channel.Messaging)], SpreadHours = 24, MaxHoldDays = 20, Priorities = [new("recovery")] },
    ];

    private readonly SortedDictionary<CustomerId, Person> people = [];
    private readonly Dictionary<string, Cadence> cadences = new(StringComparer.Ordinal);
    private readonly List<CadenceDocument> published = [];
    private readonly List<(CustomerId By, Channel Channel, Category Category, DateTimeOffset At, MessageId Message)> attempts = [];
    private readonly HashSet<MessageId> failed = [];
    private Shop shop = Shop.Evolve(null, Id, new ShopConfigured(new("Demo", "Europe/Rome", ["it"]), Begin))!;
    private long seq;

    internal ContactWorld(int persons)
    {
        Tell(new SendingSwitched(Sending.On, Begin), new CadenceSwitched("post-sale", CadenceState.Archived, 0, null, Begin));
        foreach (var document in Five())
            Publish(document, RunningChoice.Stay);
        for (var n = 1; n <= persons; n++)
        {
            var person = people[new($"c-{n}")] = new(new($"c-{n}"));
            Record(person.Id,
                new CustomerDetailsLearned(Address(n, "e"), Address(n, "p"), null, null, null, null, null, null, null, null, null, Begin),
                new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, Begin), new ConsentGiven(Channel.Messaging, Purpose.Marketing, ConsentBasis.OptIn, "test", null, Begin));
        }
    }

    internal DateTimeOffset Clock { get; set; } = Begin;

    internal ShopFacts Facts => ShopFacts.Of(shop, published);

    internal IEnumerable<Customer> Customers => people.Values.Where(p => p.Lead is null).Select(p => p.Customer);

    internal IEnumerable<(long Seq, ICustomerEvent Event)> Log => people.Values.SelectMany(p => p.Log).OrderBy(e => e.Seq);

    internal IEnumerable<(long Seq, ICustomerEvent Event)> LogOf(CustomerId id) => people[id].Log;

    internal List<BarredAddress> Barred { get; } = [];

    internal DecisionContext Context(CustomerId id) => new(Facts, At(people[id]), "delivery-1", p => p, [], []) { Barred = Barred };

    internal static Personal Address(int person, string kind) => Personal.FromSeal($"{kind}-{person}");

    internal void Tell(params IEvent[] events) => shop = events.Aggregate(shop, (sofar, e) => Shop.Evolve(sofar, Id, e)!);

    internal void Change(string slug, Func<Cadence, IReadOnlyList<IEvent>> decide)
    {
        foreach (var e in decide(cadences[slug]))
            Apply(slug, e);
    }

    internal void Publish(CadenceDocument document, RunningChoice running)
    {
        var next = document with { Version = (cadences.GetValueOrDefault(document.Slug)?.Latest ?? 0) + 1 };
        published.Add(next);
        Apply(next.Slug, new CadencePublished(next.Slug, next, running, "test", Clock));
    }

    internal void Record(CustomerId of, params ICustomerEvent[] facts) => Commit(LeadOf(of), (c, s) => Recording.Decide(c, s, facts), by: of);

    internal void Link(CustomerId one, CustomerId other)
    {
        var (a, b) = (people[LeadOf(one)], people[LeadOf(other)]);
        var at = At(a, b);
        foreach (var linked in Linking.Link(a.Customer, b.Customer, at))
            people[linked.Stream].Log.Add((++seq, linked.Event));
        if (a == b)
            return;

        var (lead, taken) = a.Id.CompareTo(b.Id) < 0 ? (a, b) : (b, a);
        foreach (var person in people.Values.Where(p => p == taken || p.Lead == taken.Id))
            person.Lead = lead.Id;
        var all = people.Values.Where(p => p == lead || p.Lead == lead.Id).SelectMany(p => p.Log).OrderBy(e => e.Seq).Select(e => e.Event);
        lead.Customer = CustomerFold.Evolve(CustomerFold.Start(lead.Id), all) with { RecordedAt = at };
        Commit(lead.Id, (c, s) => FollowUpDecisions.React(c, c, [], s));
    }

    // As a host does it: what needs no offers is decided first.
    internal void Wake(CustomerId of)
    {
        var events = Commit(LeadOf(of), (c, s) => FollowUpDecisions.Wake(c, s, OfferChoice.NotLookedUp))
            + Commit(LeadOf(of), (c, s) => FollowUpDecisions.WantsOffers(c, s.Shop, s.At) ? FollowUpDecisions.Wake(c, s, Offers) : []);
        if (events > 0 && Commit(LeadOf(of), (c, s) => FollowUpDecisions.Wake(c, s, Offers)) is > 0 and var again)
            Assert.Fail($"Woken twice at {Clock:O}: first {string.Join(", ", people[LeadOf(of)].Log.SkipLast(again).TakeLast(events))}; again {string.Join(", ", people[LeadOf(of)].Log.TakeLast(again))}");
    }

    /// <summary>Claims what is queued; the receiver takes it, or refuses it for good.</summary>
    internal void Send(CustomerId of, bool refused = false)
    {
        var lead = LeadOf(of);
        foreach (var id in people[lead].Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued).Select(m => m.Key).ToList())
        {
            Commit(lead, (c, s) => MessageDecisions.Claim(c, s, id, "smtp", resendable: false));
            if (people[lead].Customer.Messages[id].Status != MessageStatus.Sending)
                continue;
            Commit(lead, (c, s) => refused ? MessageDecisions.Failed(c, s, id, "550 no") : MessageDecisions.Accepted(c, s, id, "250 ok"));
            if (refused)
                failed.Add(id);
        }
    }

    /// <summary>Wakes everybody whenever due, and sends at once what was queued, up to an instant; a host that slept wakes them then.</summary>
    internal void RunUntil(DateTimeOffset end, bool slept)
    {
        for (var turns = 0; !slept && Due() is var (of, due) && due <= end; turns++)
        {
            if (turns == 2000)
                Assert.Fail($"Woken again and again: {of} due {due:O}, clock {Clock:O}, last {string.Join(", ", people[of].Log.TakeLast(3))}, open {string.Join(", ", people[of].Customer.FollowUps.Values.Where(f => f.IsRunning).SelectMany(f => f.Steps))}");
            Clock = due > Clock ? due : Clock;
            Wake(of);
            Send(of);
        }

        Clock = end;
        foreach (var customer in Customers.ToList())
            Wake(customer.Id);
    }

    private (CustomerId Of, DateTimeOffset Due)? Due() => (from c in Customers
                                                           let next = FollowUpDecisions.NextDue(c, Facts)
                                                           where next is not null
                                                           orderby next
                                                           select ((CustomerId, DateTimeOffset)?)(c.Id, next.Value > c.RecordedAt ? next.Value : c.RecordedAt)).FirstOrDefault();

    private void Apply(string slug, IEvent e)
    {
        cadences[slug] = Cadence.Evolve(cadences.GetValueOrDefault(slug), Id, e)!;
        if (CadenceSwitched.Of(cadences[slug], e) is { } switched)
            Tell(switched);
    }

    private CustomerId LeadOf(CustomerId id) => people[id].Lead ?? id;

    private DateTimeOffset At(params Person[] of) => of.Select(p => p.Customer.RecordedAt).Append(Clock).Max();

    private int Commit(CustomerId id, Func<Customer, DecisionContext, IReadOnlyList<ICustomerEvent>> decide, CustomerId? by = null)
    {
        var person = people[id];
        var context = Context(id) with { By = by };
        var events = decide(person.Customer, context);
        foreach (var e in events)
        {
            if (e is MessageAttempted attempted)
                Check(person.Customer, attempted);
            person.Customer = CustomerFold.Evolve(person.Customer, e);
            person.Log.Add((++seq, e));
        }

        if (events.Count > 0)
            person.Customer = person.Customer with { RecordedAt = context.At };
        return events.Count;
    }

    // What is promised, without asking the policies: by what was attempted before, the statements of consent, and the clock on the wall.
    private void Check(Customer customer, MessageAttempted attempted)
    {
        var (message, at, policy) = (customer.Messages[attempted.Message], attempted.OccurredAt, Facts.Policy);
        Assert.Equal(Sending.On, Facts.Sending);
        Assert.NotEqual(CadenceState.Paused, cadences[customer.FollowUps[attempted.FollowUp].Cadence].State);
        if (message.Category == Category.Transactional)
            return;

        var before = attempts.Where(a => customer.Ids.Contains(a.By) && !failed.Contains(a.Message)).ToList();
        foreach (var cap in policy.Caps.Where(c => (c.Channel ?? message.Channel) == message.Channel && (c.Category ?? message.Category) == message.Category))
        {
            var counted = before.Count(a => a.At > at - cap.Within && (cap.Channel ?? a.Channel) == a.Channel && (cap.Category ?? a.Category) == a.Category);
            Assert.True(counted < cap.Most, $"{counted} of {cap} at {at:O}");
        }

        foreach (var spacing in policy.Spacing.Where(c => (c.Channel ?? message.Channel) == message.Channel && (c.Category ?? message.Category) == message.Category))
            Assert.DoesNotContain(before, a => a.At > at - spacing.Least && (spacing.Channel ?? a.Channel) == a.Channel && (spacing.Category ?? a.Category) == a.Category);

        var local = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Rome).DateTime);
        Assert.False(policy.QuietHours.From > policy.QuietHours.To ? local >= policy.QuietHours.From || local < policy.QuietHours.To : false, $"at night: {at:O}");
        if (message.Category == Category.Marketing)
        {
            var statements = Log.Select(e => e.Event).Where(e => e is ConsentGiven { Purpose: Purpose.Marketing } or ConsentWithdrawn { Purpose: Purpose.Marketing });
            var last = statements.Where(e => OwnerOf(e) is { } owner && customer.Ids.Contains(owner) && ChannelOf(e) == message.Channel).MaxBy(e => (e.OccurredAt, e is ConsentWithdrawn));
            Assert.IsType<ConsentGiven>(last);
            Assert.DoesNotContain(Barred, b => b.Address == attempted.To && b.Purpose == Purpose.Marketing);
        }

        attempts.Add((customer.Id, message.Channel, message.Category, at, attempted.Message));
    }

    private static Channel ChannelOf(ICustomerEvent e) => e is ConsentGiven given ? given.Channel : ((ConsentWithdrawn)e).Channel;

    private CustomerId? OwnerOf(ICustomerEvent e) => people.Values.FirstOrDefault(p => p.Log.Exists(l => ReferenceEquals(l.Event, e)))?.Id;

    internal static IEnumerable<CadenceDocument> Five()
    {
        var exits = new Exit[] { new("order-cancelled") };
        yield return new("thanks", 1, "Thanks", new("order-placed"), [Message("now", new(Anchor.Trigger), Channel.Email, Category.Transactional), Message("tips", new(Anchor.Trigger, 1), Channel.Messaging, Category.Service)], exits, 10);
        yield return new("reviews", 1, "Reviews", new("order-placed"),
            [Message("ask", new("order-delivered", 7), Channel.Email, Category.Marketing), Message("again", new(Anchor.PreviousStep, 3), Channel.Email, Category.Marketing)],
            [.. exits, new("review-posted", ["ask", "again"], Goal: true)], 20);
        yield return new("news", 1, "News", new("order-placed"),
            [Message("letter", new(Anchor.Trigger, 2), Channel.Email, Category.Marketing) with { Window = new(new(10, 0), new(12, 0)) }, Message("text", new(Anchor.Trigger, 3), Channel.Messaging, Category.Marketing)], exits, 30);
        yield return new("recovery", 1, "Recovery", new("complaint-opened"),
            [Message("sorry", new(Anchor.Trigger), Channel.Email, Category.Service), Message("mended", new(Anchor.PreviousStep, 2), Channel.Messaging, Category.Service)], [], 5);
        yield return new("offers", 1, "Offers", new("order-delivered"),
            [new("offer", StepKind.Offer, new(Anchor.Trigger, 1), null, Channel.Email, Category.Marketing, "related-offer")], exits, 40);
    }

    private static Step Message(string id, Anchor anchor, Channel channel, Category category) => new(id, StepKind.Message, anchor, null, channel, category, "thank-you");

    private sealed class Person(CustomerId id)
    {
        public CustomerId Id { get; } = id;

        public CustomerId? Lead { get; set; }

        public Customer Customer { get; set; } = CustomerFold.Start(id);

        public List<(long Seq, ICustomerEvent Event)> Log { get; } = [];
    }
}
