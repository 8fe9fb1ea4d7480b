using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Customers;

/// <summary>Facts of every kind about few ids at few instants, so that many repeat or contradict each other.</summary>
internal static class ReportedFacts
{
    internal static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<DateTimeOffset> Instant = Gen.Choose(0, 4).Select(day => Start.AddDays(day));

    private static readonly Gen<OrderId> Order = Gen.Elements(new OrderId("o1"), new OrderId("o2"));

    private static readonly Gen<OrderId?> AnyOrder = Gen.Elements<OrderId?>(null, new OrderId("o1"), new OrderId("o2"));

    private static readonly Gen<string> Id = Gen.Elements("a", "b");

    private static readonly Gen<Channel> Channels = Gen.Elements(Channel.Email, Channel.Phone, Channel.Chat);

    private static readonly Gen<bool> Flag = Gen.Elements(true, false);

    private static readonly Gen<Money> Amount = Gen.Choose(1, 3).Select(n => new Money(n * 10m, "EUR"));

    private static readonly Gen<IReadOnlyList<OrderLine>> Lines =
        from count in Gen.Choose(0, 2)
        from product in Gen.Elements("p", "q")
        from quantity in Gen.Choose(1, 2)
        select (IReadOnlyList<OrderLine>)[.. Enumerable.Range(0, count).Select(i => new OrderLine(new(product), null, product, quantity + i, 5m, null) { Line = $"l{i}", Current = quantity == 2 ? i : null, Tags = quantity == 2 ? Labels.Of([product]) : null })];

    private static readonly Gen<IReadOnlyList<LineQuantity>?> Quantities = Gen.Elements<IReadOnlyList<LineQuantity>?>(null, [new("l0", 1)], [new("l0", 2), new("l1", 3)]);

    private static readonly Gen<DateTimeOffset?> Revision = Gen.OneOf(Gen.Constant<DateTimeOffset?>(null), Instant.Select(at => (DateTimeOffset?)at));

    private static readonly Gen<OrderStanding?> Standing = Gen.OneOf(
        Gen.Constant<OrderStanding?>(null),
        from cancelled in Gen.Elements(0, 1, 2)
        from paid in Gen.Elements(0, 1, 2)
        from left in Gen.Elements(0, 1, 2)
        from refunded in Gen.Elements(0, 1, 2)
        from item in Id
        from lines in Quantities
        from at in Instant
        from whole in Gen.Elements<bool?>(null, true, false)
        select (OrderStanding?)new OrderStanding
        {
            IsWhollyShipped = whole,
            Cancelled = cancelled == 0 ? null : cancelled == 1 ? [] : [new(at, Canceller.Shop)],
            Paid = paid == 0 ? null : paid == 1 ? [] : [new(at)],
            Shipped = left == 0 ? null : left == 1 ? new Dictionary<string, Dispatch?> { [item] = null } : new Dictionary<string, Dispatch?> { [item] = new(at, lines) },
            Refunded = refunded == 0 ? null : refunded == 1 ? new Dictionary<string, Refund?>() : new Dictionary<string, Refund?> { [item] = new(at, new Money(5m, "EUR"), false, lines) },
        });

    private static readonly Gen<Labels?> Words = Gen.Elements<Labels?>(null, Labels.None, Labels.Of(["x"]), Labels.Of(["x", "y"]));

    private static readonly Gen<OrderTraits?> Traits = Gen.OneOf(
        Gen.Constant<OrderTraits?>(null),
        from channel in Gen.Elements<string?>(null, "web", "pos") from renewal in Gen.Elements<bool?>(null, true, false) from tags in Words select (OrderTraits?)new OrderTraits(channel, renewal, tags, null));

    private static readonly Gen<Personal?> Value = Gen.Elements<Personal?>(null, Personal.FromSeal("s1.x"), Personal.FromSeal("s1.y"));

    private static readonly Gen<ICustomerEvent>[] Kinds =
    [
        from order in Order from number in Gen.Elements<string?>(null, "#1", "#2") from total in Amount from lines in Lines from promise in Gen.Elements<DateOnly?>(null, new(2026, 1, 9), new(2026, 1, 10)) from revision in Instant from standing in Standing from traits in Traits from at in Instant
        select (ICustomerEvent)new OrderPlaced(order, number, total, lines, promise, revision, at) { Standing = standing, Traits = traits },
        from order in Order from total in Amount from lines in Lines from standing in Standing from traits in Traits from at in Instant select (ICustomerEvent)new OrderRevised(order, total, lines, at, at) { Standing = standing, Traits = traits },
        from order in Order from at in Instant select (ICustomerEvent)new OrderNotTaken(order, at),
        from order in Order from fact in Gen.Elements(Enum.GetValues<OrderFact>()) from item in Gen.Elements<string?>(null, "a", "b") from at in Instant select (ICustomerEvent)new OrderFactTakenBack(order, fact, item, at),
        from order in Order from parcel in Gen.Elements<string?>(null, "a", "b") from at in Instant select (ICustomerEvent)new ShipmentInTransit(order, parcel, at),
        from order in Order from parcel in Gen.Elements<string?>(null, "a", "b") from at in Instant select (ICustomerEvent)new DeliveryFailed(order, parcel, at),
        from order in Order from at in Instant from revision in Revision select (ICustomerEvent)new OrderPaid(order, at) { Revision = revision },
        from order in Order from parcel in Gen.Elements<string?>(null, "a", "b") from at in Instant from revision in Revision from lines in Quantities select (ICustomerEvent)new OrderShipped(order, parcel, at) { Revision = revision, Lines = lines },
        from order in Order from parcel in Gen.Elements<string?>(null, "a", "b") from at in Instant from revision in Revision select (ICustomerEvent)new OrderDelivered(order, parcel, at) { Revision = revision },
        from order in Order from canceller in Gen.Elements(Enum.GetValues<Canceller>()) from at in Instant from revision in Revision select (ICustomerEvent)new OrderCancelled(order, canceller, at) { Revision = revision },
        from key in Id from stands in Flag from at in Instant select stands ? new ProcessingRestricted(key, at) : (ICustomerEvent)new RestrictionLifted(key, at),
        from key in Id from stands in Flag from at in Instant select stands ? new ProfilingObjected(key, at) : (ICustomerEvent)new ProfilingObjectionLifted(key, at),
        from order in Order from at in Instant select (ICustomerEvent)new RefundRequested(order, at),
        from order in Order from refund in Id from amount in Amount from full in Flag from at in Instant from revision in Revision from lines in Quantities select (ICustomerEvent)new OrderRefunded(order, refund, amount, full, at) { Revision = revision, Lines = lines },
        from checkout in Id from order in AnyOrder from at in Instant select (ICustomerEvent)new CheckoutStarted(checkout, order, null, [], at),
        from contact in Id from thread in Id from channel in Channels from direction in Gen.Elements(Direction.Inbound, Direction.Outbound) from order in AnyOrder from asks in Flag from at in Instant
        select (ICustomerEvent)new ContactMade(contact, new(thread), channel, direction, Stage.Information, order, asks, null, at),
        from contact in Id from thread in Id from channel in Channels from at in Instant select (ICustomerEvent)new ContactAnswered(contact, new(thread), channel, null, at),
        from thread in Id from asked in Instant from at in Instant select (ICustomerEvent)new ContactLeftUnanswered(new(thread), asked, at),
        from complaint in Id from order in AnyOrder from channel in Channels from at in Instant select (ICustomerEvent)new ComplaintOpened(new(complaint), order, channel, null, at),
        from complaint in Id from at in Instant select (ICustomerEvent)new ComplaintResolved(new(complaint), null, at),
        from feedback in Id from kind in Gen.Elements(Enum.GetValues<FeedbackKind>()) from score in Gen.Choose(1, 5) from order in AnyOrder from channel in Channels from stage in Gen.Elements(Stage.Decision, Stage.PostSale) from at in Instant
        select (ICustomerEvent)new FeedbackGiven(feedback, kind, score, order, channel, stage, null, at),
        from review in Id from stars in Gen.Choose(1, 5) from order in AnyOrder from channel in Channels from at in Instant select (ICustomerEvent)new ReviewPosted(review, stars, order, null, channel, null, at),
        from mention in Id from sentiment in Gen.Choose(-10, 10) from audience in Gen.Choose(0, 3) from channel in Channels from at in Instant
        select (ICustomerEvent)new MentionMade(mention, sentiment / 10.0, audience, channel, null, at),
        from referral in Id from at in Instant select (ICustomerEvent)new ReferralMade(referral, at),
        from report in Id from channel in Channels from at in Instant select (ICustomerEvent)new SpamReported(report, channel, at),
        from channel in Channels from purpose in Gen.Elements(Enum.GetValues<Purpose>()) from basis in Gen.Elements(Enum.GetValues<ConsentBasis>()) from source in Id from at in Instant
        select (ICustomerEvent)new ConsentGiven(channel, purpose, basis, source, null, at),
        from channel in Channels from purpose in Gen.Elements(Enum.GetValues<Purpose>()) from source in Id from at in Instant select (ICustomerEvent)new ConsentWithdrawn(channel, purpose, source, at),
        from email in Value from phone in Value from name in Value from language in Gen.Elements<string?>(null, "it", "en") from relation in Gen.Elements<Relation?>(null, Relation.Prospect, Relation.Supplier, Relation.Partner) from tags in Words from at in Instant
        select (ICustomerEvent)new CustomerDetailsLearned(email, phone, null, null, null, name, null, language, null, null, relation, at) { Tags = tags },
        from fields in Gen.SubListOf(Enum.GetValues<DetailsField>()) from at in Instant select (ICustomerEvent)new CustomerDetailsCleared([.. fields], at),
        from order in Order from email in Value from own in Value from name in Value from language in Gen.Elements<string?>(null, "it", "en") from at in Instant
        select (ICustomerEvent)new OrderContactGiven(order, email, own, null, name, null, language, null, null, null, at),
    ];

    // A visit is not kept by its id, so a repeated one cannot be recognised.
    private static readonly Gen<ICustomerEvent> Visit = from at in Instant select (ICustomerEvent)new VisitMade("v", Channel.Web, Stage.Need, at);

    public static Gen<ICustomerEvent> Any { get; } = Gen.OneOf([.. Kinds, Visit]);

    public static Arbitrary<ICustomerEvent[]> Some { get; } = Gen.OneOf(Kinds).ListOf().Select(facts => facts.ToArray()).ToArbitrary();

    public static Arbitrary<ICustomerEvent[]> SomeWithVisits { get; } = Gen.OneOf([.. Kinds, Visit]).ListOf().Select(facts => facts.ToArray()).ToArbitrary();
}
