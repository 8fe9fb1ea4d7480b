using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Simulating;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Shop = Cx.Domain.Shops.Shop;

namespace Cx.Tests.FollowUps.Simulating;

/// <summary>
/// One customer of a shop whose host runs as the real one does, with all that the store would keep: facts arrive, wakes come a little late, offers are decided in a wake of their
/// own, senders take their time and are answered in every way, marketing publishes, pauses and archives, people control steps, and the host goes down for minutes or days.
/// </summary>
internal sealed class RecordedShop
{
    internal static readonly DateTimeOffset Begin = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    private static readonly ShopId Id = new("demo");

    private static readonly IReadOnlyList<OfferedProduct> Shelf = [new(new("p-9"), "Laces", "Bought with boots", Analogous: true), new(new("p-7"), "Umbrella", "A best-seller", Analogous: false)];

    private readonly List<ShopChange> changes = [];
    private readonly List<CadenceDocument> published = [];
    private readonly Dictionary<string, Cadence> cadences = new(StringComparer.Ordinal);
    private readonly List<RecordedEvent> log = [];
    private readonly SortedDictionary<MessageId, (DateTimeOffset At, MessageStatus From)> attempts = [];
    private readonly Random random;
    private Shop? shop;
    private DateTimeOffset? due;
    private int deliveries;

    internal RecordedShop(int seed, params CadenceDocument[] documents)
    {
        random = new(seed);
        Tell(new ShopConfigured(new("Demo", "Europe/Rome", ["it", "en"]), Clock));
        Tell(new SendingSwitched(Sending.On, Clock));
        foreach (var document in documents)
            Publish(document, RunningChoice.Stay);
        Record(new CustomerDetailsLearned(Personal.FromSeal("ada@example.org"), null, null, null, null, null, null, null, null, null, null, Clock), new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, Clock));
    }

    internal DateTimeOffset Clock { get; private set; } = Begin;

    /// <summary>Whether wakes come when due, and every message is accepted at once.</summary>
    internal bool IsPunctual { get; init; }

    internal Customer Customer { get; private set; } = CustomerFold.Start(new("c-1"));

    internal CustomerHistory History => new(Customer.Id, log);

    internal ShopTimeline Timeline => ShopTimeline.Of(Id, changes, published);

    internal ShopFacts Facts => ShopFacts.Of(shop!, published);

    internal Cadence Cadence(string slug) => cadences.GetValueOrDefault(slug) ?? Domain.FollowUps.Cadences.Cadence.Shipped(slug)!;

    internal void Tell(IEvent e)
    {
        shop = Shop.Evolve(shop, Id, e)! with { Version = changes.Count + 1 };
        changes.Add(new(e, changes.Count + 1, Clock));
        if (e is IPlanChange && (due > Clock || Customer.FollowUps.Values.Any(f => f.IsRunning)))
            due = Clock;
    }

    internal void Publish(CadenceDocument document, RunningChoice running)
    {
        var next = document with { Version = (cadences.GetValueOrDefault(document.Slug) ?? Domain.FollowUps.Cadences.Cadence.Shipped(document.Slug) ?? new(document.Slug, CadenceState.Draft, null, null, [])).Latest + 1 };
        published.Add(next);
        Change(document.Slug, new CadencePublished(next.Slug, next, running, "key-1", Clock));
    }

    internal void Change(string slug, params IReadOnlyList<IEvent> events)
    {
        foreach (var e in events)
        {
            cadences[slug] = Domain.FollowUps.Cadences.Cadence.Evolve(cadences.GetValueOrDefault(slug), Id, e)!;
            if (CadenceSwitched.Of(cadences[slug], e) is { } switched)
                Tell(switched);
        }
    }

    internal void Record(params ICustomerEvent[] facts) => Commit($"delivery-{++deliveries}", "orders/updated", s => Recording.Decide(Customer, s, facts));

    /// <summary>A person controls a step of a follow-up that runs, if there is one.</summary>
    internal void Control(StepControl control, int number)
    {
        var steps = StepContext.AtAll(Customer, Facts, Clock).Where(s => s.State.IsOpen).ToList();
        if (steps.Count > 0 && steps[number % steps.Count] is var step)
            Commit("command", $"{JsonNaming.Kebab(control)}-step", s => StepControls.Decide(Customer, s, new(control, step.Id, step.Step.Id, control == StepControl.Postpone ? Clock.AddDays(number) : null, "key-1", null)));
    }

    internal void Settle(bool delivered)
    {
        foreach (var (id, _) in Customer.Messages.Where(m => m.Value.Status == MessageStatus.InDoubt).ToList())
            Commit("settle-message", "settle-message", s => MessageDecisions.Settle(Customer, s, id, delivered, "api"));
    }

    /// <summary>The host runs up to an instant.</summary>
    internal void RunUntil(DateTimeOffset end)
    {
        for (var turns = 0; ; turns++)
        {
            if (turns == 3000)
                Assert.Fail($"Woken again and again: due {due:O}, clock {Clock:O}, last {string.Join(", ", log.TakeLast(4).Select(e => e.Event))}");
            var wake = due is { } at ? Later(at, Clock) + Latency() : DateTimeOffset.MaxValue;
            var send = attempts.Count > 0 ? attempts.Values.Min(a => a.At) : DateTimeOffset.MaxValue;
            if ((wake < send ? wake : send) is var next && next > end)
                break;
            Clock = Later(next, Clock);
            if (wake <= send)
                Wake();
            else
                Attempt(attempts.MinBy(a => a.Value.At).Key);
        }

        Clock = Later(end, Clock);
    }

    /// <summary>The host is killed: what a sender has may have been handed over, and everything due comes late.</summary>
    internal void GoDown(TimeSpan span)
    {
        var from = Clock;
        Clock += span;
        if (span >= TimeSpan.FromMinutes(15))
            Tell(new WakingInterrupted(from, Clock));
        foreach (var (id, _) in Customer.Messages.Where(m => m.Value.Status == MessageStatus.Sending).ToList())
            Commit("send", "send", s => MessageDecisions.InDoubt(Customer, s, id, "The process that sent it ended before an answer was recorded."));
        attempts.Clear();
        Schedule();
    }

    private void Wake()
    {
        Commit("wake", "wake", s => FollowUpDecisions.Wake(Customer, s, OfferChoice.NotLookedUp), isWake: true);
        if (FollowUpDecisions.WantsOffers(Customer, Facts, Clock))
        {
            Clock = Clock.AddMilliseconds(IsPunctual ? 0 : random.Next(3) * 40);
            Commit("wake", "wake", s => FollowUpDecisions.Wake(Customer, s, new(deliveries % 5 == 0 ? [] : Shelf)), isWake: true);
        }
    }

    private void Attempt(MessageId id)
    {
        var from = attempts[id].From;
        attempts.Remove(id);
        if (from == MessageStatus.Queued)
        {
            Commit("send", "send", s => MessageDecisions.Claim(Customer, s, id, "smtp", resendable: false));
            return;
        }

        var address = Customer.Messages[id].To;
        Commit("send", "send", s => (IsPunctual ? 9 : random.Next(10)) switch
        {
            0 => MessageDecisions.Deferred(Customer, s, id, "451 later"),
            1 => MessageDecisions.Failed(Customer, s, id, "554 no"),
            2 => MessageDecisions.InDoubt(Customer, s, id, "no answer"),
            3 when random.Next(4) == 0 => MessageDecisions.Failed(Customer, s, id, "550 unknown", address),
            _ => MessageDecisions.Accepted(Customer, s, id, "250 ok"),
        });
    }

    private void Commit(string correlation, string cause, Func<DecisionContext, IReadOnlyList<ICustomerEvent>> decide, bool isWake = false)
    {
        var at = Later(Clock, Customer.RecordedAt);
        var events = decide(new(Facts, at, correlation, value => value, [], []));
        foreach (var e in events)
        {
            Customer = CustomerFold.Evolve(Customer, e);
            var correlated = e is IFollowUpEvent x && Customer.FollowUps.TryGetValue(x.FollowUp, out var followUp) ? followUp.CorrelationId : correlation;
            log.Add(new(e, Customer.Id, at, correlated, cause, Customer.Id, Facts.Version));
        }

        if (events.Count == 0 && !isWake)
            return;

        if (events.Count > 0)
            Customer = Customer with { RecordedAt = at };
        due = FollowUpDecisions.NextDue(Customer, Facts);
        if (events.Count == 0 && due <= at)
            due = at.AddMinutes(1);
        Schedule();
    }

    // A sender takes what is queued soon, and is answered soon.
    private void Schedule()
    {
        foreach (var (id, message) in Customer.Messages.Where(m => m.Value.IsOnItsWay && (!attempts.TryGetValue(m.Key, out var known) || known.From != m.Value.Status)))
            attempts[id] = (Later(Clock.AddSeconds(IsPunctual ? 0 : random.Next(random.Next(5) == 0 ? 40_000 : 3)), message.RetryAt ?? Clock), message.Status);
        foreach (var id in attempts.Keys.Where(id => !Customer.Messages[id].IsOnItsWay).ToList())
            attempts.Remove(id);
    }

    private TimeSpan Latency() => IsPunctual ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(4) switch { 0 => 0, 1 => 300, 2 => random.Next(5_000), _ => random.Next(5) == 0 ? random.Next(800_000) : 20 });

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
