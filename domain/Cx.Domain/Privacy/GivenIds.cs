using System.Buffers;
using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Privacy;

/// <summary>What is stored for an id that a caller gave: a keyed hash, always the same for the same id of a shop.</summary>
public delegate string HashId(string given);

/// <summary>
/// The ids that callers give to contacts, conversations, complaints, ratings and the like. A person may have typed an address or a number there, so that
/// each is stored as its hash. An id that was stored in the clear by an earlier version keeps that name.
/// </summary>
public static class GivenIds
{
    /// <summary>Begins every hash: what has this form is not hashed again, so that an id that the API answered can be given back.</summary>
    public const string Prefix = "h1.";

    private const int HashLength = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static bool IsHash(string id) =>
        id.Length == Prefix.Length + HashLength && id.StartsWith(Prefix, StringComparison.Ordinal) && !id.AsSpan(Prefix.Length).ContainsAnyExcept(HexDigits);

    /// <summary>The fact as it is stored.</summary>
    /// <param name="customer">Whose items are looked for under the ids as given; null where the customer is not known yet.</param>
    public static ICustomerEvent Stored(ICustomerEvent fact, Customer? customer, HashId hash)
    {
        return fact switch
        {
            ContactMade x when Of(customer, x.Conversation, hash) is var conversation =>
                x with { Conversation = conversation, Contact = Contact(x.Conversation, x.Contact) },
            ContactAnswered x when Of(customer, x.Conversation, hash) is var conversation =>
                x with { Conversation = conversation, Contact = Contact(x.Conversation, x.Contact) },
            ComplaintOpened x => x with { Complaint = Of(customer, x.Complaint, hash) },
            ComplaintResolved x => x with { Complaint = Of(customer, x.Complaint, hash) },
            FeedbackGiven x => x with { Feedback = Name(x.Feedback, customer?.Opinions.ContainsKey(CustomerFold.OpinionOf(x))) },
            ReviewPosted x => x with { Review = Name(x.Review, customer?.Opinions.ContainsKey(CustomerFold.OpinionOf(x))) },
            MentionMade x => x with { Mention = Name(x.Mention, customer?.Opinions.ContainsKey(CustomerFold.OpinionOf(x))) },
            ReferralMade x => x with { Referral = Name(x.Referral, customer?.Referrals.ContainsKey(x.Referral)) },
            SpamReported x => x with { Report = Name(x.Report, customer?.SpamReports.ContainsKey(x.Report)) },
            VisitMade x => x with { Visit = Name(x.Visit, isKnown: false) },
            CheckoutStarted x => x with { Checkout = Name(x.Checkout, customer?.Checkouts.ContainsKey(x.Checkout)) },
            OrderPlaced x => x with
            {
                Lines = [.. x.Lines.Select(l => l.Line is { } line ? l with { Line = OfPlatform(line, isKnown: false) } : l)],
                Traits = x.Traits?.Hashed(hash),
            },
            CustomerDetailsLearned { TagText: { IsSealed: false } tags } x => x with { Tags = Labels.Hashed(tags.Value, hash) },
            OrderRefunded x => x with { Refund = OfRefund(x.Order, x.Refund), Lines = Lines(x.Lines) },
            OrderShipped x => x with { Shipment = OfParcel(x.Order, x.Shipment), Lines = Lines(x.Lines) },
            OrderDelivered x => x with { Shipment = OfParcel(x.Order, x.Shipment) },
            ShipmentInTransit x => x with { Shipment = OfParcel(x.Order, x.Shipment) },
            DeliveryFailed x => x with { Shipment = OfParcel(x.Order, x.Shipment) },
            OrderFactTakenBack { Fact: OrderFact.Refunded, Item: { } refund } x => x with { Item = OfRefund(x.Order, refund) },
            OrderFactTakenBack x => x with { Item = OfParcel(x.Order, x.Item) },
            _ => fact,
        };

        string Name(string given, bool? isKnown) => isKnown == true || IsHash(given) ? given : hash(given);

        string Contact(ConversationId conversation, string contact) =>
            Name(contact, customer?.Conversations.GetValueOrDefault(conversation) is { } known
                && (known.Asked.ContainsKey(contact) || known.Answered.ContainsKey(contact) || known.Others.ContainsKey(contact)));

        string OfRefund(OrderId order, string refund) => OfPlatform(refund, customer?.Orders.GetValueOrDefault(order)?.Refunds.ContainsKey(refund));

        string? OfParcel(OrderId order, string? shipment) =>
            shipment is null ? null : OfPlatform(shipment, customer?.Orders.GetValueOrDefault(order)?.Parcels.ContainsKey(shipment));

        IReadOnlyList<LineQuantity>? Lines(IReadOnlyList<LineQuantity>? lines) =>
            lines is null ? null : [.. lines.Select(l => l with { Line = OfPlatform(l.Line, isKnown: false) }).OrderBy(l => l.Line, StringComparer.Ordinal)];

        // What a platform numbers is nothing that a person typed; nor is our own name of a refund that no platform numbered.
        string OfPlatform(string id, bool? isKnown) => id is "whole" || id.All(char.IsAsciiDigit) ? id : Name(id, isKnown);
    }

    /// <summary>The id under which a complaint of a customer is stored.</summary>
    public static ComplaintId Of(Customer? customer, ComplaintId given, HashId hash) =>
        IsHash(given.Value) || customer?.Complaints.ContainsKey(given) == true ? given : new(hash(given.Value));

    /// <summary>The facts under every id that they may be stored by: what has to be loaded to tell which.</summary>
    public static IEnumerable<ICustomerEvent> Forms(IReadOnlyList<ICustomerEvent> facts, HashId hash) => facts.Concat(facts.Select(f => Stored(f, customer: null, hash)));

    private static ConversationId Of(Customer? customer, ConversationId given, HashId hash) =>
        IsHash(given.Value) || customer?.Conversations.ContainsKey(given) == true ? given : new(hash(given.Value));
}
