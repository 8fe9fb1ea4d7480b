using System.Collections.Frozen;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>What Shopify's payloads say of people: records, the details and contact on an order, consent, and privacy requests.</summary>
internal static class ShopifyPeople
{
    /// <summary>A customer's record.</summary>
    public static Translation Customer(JsonFields customer)
    {
        var at = customer.Require("updated_at", customer.Instant("updated_at") ?? customer.Instant("created_at"));
        var facts = new List<ICustomerEvent> { Stated(customer, default, at) };
        if (Cleared(customer) is { Length: > 0 } cleared)
            facts.Add(new CustomerDetailsCleared(cleared, at));

        if (CopyOf(ConsentOf(customer.Child("email_marketing_consent"), undated: null, at)) is { } consent)
            facts.Add(consent);

        return Translation.Reports.Of(IdentifiersOf(default, customer), facts);
    }

    /// <summary>A change of the consent to e-mail marketing.</summary>
    /// <param name="raisedAt">Dates a statement that has no date of its own.</param>
    public static Translation MarketingConsent(JsonFields payload, DateTimeOffset raisedAt)
    {
        var identifiers = new List<RawIdentifier>();
        Add(identifiers, IdentifierKind.ShopCustomerId, payload.Id("customer_id"));
        Add(identifiers, IdentifierKind.Email, payload.Text("email_address"));
        return ConsentOf(payload.Child("email_marketing_consent"), raisedAt, raisedAt) is { } consent
            ? Translation.Reports.Of(identifiers, [consent])
            : new Translation.Nothing();
    }

    /// <summary>A change of the consent to marketing by text message.</summary>
    /// <param name="raisedAt">Dates a statement that has no date of its own.</param>
    public static Translation TextMessageConsent(JsonFields payload, DateTimeOffset raisedAt)
    {
        var identifiers = new List<RawIdentifier>();
        Add(identifiers, IdentifierKind.ShopCustomerId, payload.Id("id"));
        Add(identifiers, IdentifierKind.Phone, payload.Text("phone"));
        return ConsentOf(payload.Child("sms_marketing_consent"), raisedAt, raisedAt) switch
        {
            ConsentGiven x => Translation.Reports.Of(identifiers, [x with { Channel = Channel.Messaging }]),
            ConsentWithdrawn x => Translation.Reports.Of(identifiers, [x with { Channel = Channel.Messaging }]),
            _ => new Translation.Nothing(),
        };
    }

    /// <summary>A customer's request for the data held about them.</summary>
    public static Translation DataRequest(JsonFields payload, DateTimeOffset raisedAt) =>
        Translation.Reports.Of([.. Person(payload, "orders_requested"), .. OrdersOf(payload, "orders_requested")], [new DataRequested(ShopifySource.SourceName, raisedAt)]);

    /// <summary>Two customers were merged in the shop. One that failed, or is not done yet, says nothing.</summary>
    public static Translation Merge(JsonFields payload, DateTimeOffset raisedAt)
    {
        var (kept, deleted) = (GraphId(payload, "admin_graphql_api_customer_kept_id"), GraphId(payload, "admin_graphql_api_customer_deleted_id"));
        return payload.Optional("status")?.ToLowerInvariant() is null or "completed" or "succeeded" && kept != deleted
            ? new Translation.Link(kept, deleted, raisedAt)
            : new Translation.Nothing();
    }

    /// <summary>A request to erase a customer.</summary>
    public static Translation Redact(JsonFields payload) =>
        new Translation.Erase(Person(payload, "orders_to_redact"), OrdersOf(payload, "orders_to_redact"));

    public static List<RawIdentifier> IdentifiersOf(JsonFields order, JsonFields customer)
    {
        var identifiers = new List<RawIdentifier>(4);
        Add(identifiers, IdentifierKind.ShopCustomerId, customer.Id("id"));
        Add(identifiers, IdentifierKind.Email, customer.Text("email"));
        Add(identifiers, IdentifierKind.Phone, customer.Text("phone"), CountryOf(order, customer));
        Add(identifiers, IdentifierKind.Email, EmailOf(order));
        Add(identifiers, IdentifierKind.Phone, order.Text("phone"), CountryOf(order, customer));
        return identifiers;
    }

    /// <summary>The person of a privacy request. The topic is not signed: a body that is no such request, as a signed order is, is refused.</summary>
    private static List<RawIdentifier> Person(JsonFields payload, string orders)
    {
        foreach (var field in new[] { payload.Has("shop_domain") ? "shop_domain" : "shop_id", "customer", orders })
        {
            if (!payload.Has(field))
                payload.Reject(field, "is required: every privacy request of Shopify has it");
        }

        return IdentifiersOf(default, payload.Child("customer"));
    }

    // gid://shopify/Customer/123
    private static string GraphId(JsonFields payload, string name)
    {
        var id = payload.Require(name, payload.Id(name)).Split('/')[^1].Split('?')[0];
        if (!id.All(char.IsAsciiDigit) || id.Length == 0)
            payload.Reject(name, "must be the id of a customer");

        return id;
    }

    private static RawIdentifier[] OrdersOf(JsonFields payload, string orders) =>
        [.. payload.Ids(orders).Select(order => new RawIdentifier(IdentifierKind.Order, order))];

    private static void Add(List<RawIdentifier> identifiers, IdentifierKind kind, string? value, string? country = null)
    {
        if (value is not null && !identifiers.Contains(new(kind, value, country)))
            identifiers.Add(new(kind, value, country));
    }

    private static string? CountryOf(JsonFields order, JsonFields customer) => AddressOf(order, customer).Country;

    private static (string? Country, JsonFields Address) AddressOf(JsonFields order, JsonFields customer)
    {
        foreach (var (holder, name) in new[] { (order, "billing_address"), (customer, "default_address"), (order, "shipping_address") })
        {
            var address = holder.Child(name);
            if (Locales.WrittenCountry(address.Text("country_code")) is { } country)
                return (country, address);
        }

        return (null, default);
    }

    private static string? EmailOf(JsonFields order) => order.Text("email") ?? order.Text("contact_email");

    /// <summary>
    /// The customer's record as the order or checkout holds it, dated by its own last change where it has one; what the order has besides is a copy, dated
    /// by the order's creation: an order that is edited later does not bring an old address back.
    /// </summary>
    public static IEnumerable<CustomerDetailsLearned> Details(JsonFields customer, JsonFields order, DateTimeOffset createdAt)
    {
        var copy = Stated(customer, order, createdAt) with { Revision = order.Instant("updated_at") };
        if (!customer.Has("id") || customer.Instant("updated_at") is not { } changedAt)
            return [copy];

        var own = Stated(customer, default, changedAt);
        return
        [
            own,
            copy with
            {
                Email = own.Email is null ? copy.Email : null,
                Phone = own.Phone is null ? copy.Phone : null,
                ShopCustomerId = null,
                Name = own.Name is null ? copy.Name : null,
                FirstName = own.Name is null ? copy.FirstName : null,
                Language = own.Language is null ? copy.Language : null,
                Country = own.Country is null ? copy.Country : null,
                Tags = null, // of the record alone
                TagText = null,
            },
        ];
    }

    /// <summary>What a customer's record, on its own, says that there is none of.</summary>
    private static DetailsField[] Cleared(JsonFields customer)
    {
        (DetailsField Field, bool IsEmptied)[] fields =
        [
            (DetailsField.Email, customer.IsEmptied("email")), (DetailsField.Phone, customer.IsEmptied("phone")),
            (DetailsField.Name, customer.IsEmptied("first_name") && customer.IsEmptied("last_name")), (DetailsField.FirstName, customer.IsEmptied("first_name")),
        ];
        return [.. fields.Where(f => f.IsEmptied).Select(f => f.Field)];
    }

    /// <summary>The contact that the order was given with. The customer's name belongs to it only where it has the customer's address.</summary>
    public static OrderContactGiven Contact(OrderId id, JsonFields customer, JsonFields order, DateTimeOffset revision)
    {
        var given = EmailOf(order);
        var own = customer.Has("id") ? customer.Text("email") : given;
        var isOwn = given is null || (own is not null && Identifiers.Normalise(IdentifierKind.Email, given) == Identifiers.Normalise(IdentifierKind.Email, own));
        var billing = order.Child("billing_address");
        var first = (isOwn ? customer.Text("first_name") : null) ?? billing.Text("first_name");
        var last = (isOwn ? customer.Text("last_name") : null) ?? billing.Text("last_name");
        var (country, address) = AddressOf(order, customer);
        return new(
            id, Email: Personal.Clear(isOwn ? own : given), OwnEmail: Personal.Clear(own), Phone: Personal.Clear(order.Text("phone") ?? customer.Text("phone")),
            Name: Personal.Clear($"{first} {last}"), FirstName: Personal.Clear(first),
            Language: Locales.Language(order.Text("customer_locale") ?? customer.Text("locale")), country,
            Province: Locales.Province(address.Optional("province_code")), Postcode: Personal.Clear(address.Optional("zip")), revision)
        {
            PostcodeZones = PlaceZones.OfPostcode(country, address.Optional("zip")),
            ForPickUp = IsForPickUp(order) ? true : null,
            HasNoEmail = given is null && own is null && order.IsEmptied("email") ? true : null,
        };
    }

    /// <summary>
    /// Whether the order is shipped nowhere (Shopify leaves the category of its own local pick-up empty), or every shipping line is of a category for picking
    /// up, or a parcel waits in the shop: one that waits at a carrier's has the carrier's number.
    /// </summary>
    private static bool IsForPickUp(JsonFields order)
    {
        var lines = order.OptionalItems("shipping_lines").ToList();
        return (lines.Count > 0 && (order.IsEmptied("shipping_address") || lines.TrueForAll(l => PickUp.Contains(l.Optional("delivery_category") ?? ""))))
            || order.OptionalItems("fulfillments").Any(f => f.Optional("shipment_status") == "ready_for_pickup" && f.Optional("tracking_number") is null);
    }

    private static readonly FrozenSet<string> PickUp =
        new[] { "pickup", "pick_up", "pick-up", "local_pickup", "local-pickup", "store_pickup" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The customer's own record first, the order or checkout for what it leaves out. Phone numbers of addresses are not used: they may be
    /// the recipient's.
    /// </summary>
    private static CustomerDetailsLearned Stated(JsonFields customer, JsonFields order, DateTimeOffset at)
    {
        var billing = order.Child("billing_address");
        var first = customer.Text("first_name") ?? billing.Text("first_name");
        var last = customer.Text("last_name") ?? billing.Text("last_name");
        var (tags, text) = ShopWords.Tags(customer.Words("tags"));
        return new(
            Email: Personal.Clear(customer.Text("email") ?? EmailOf(order)),
            Phone: Personal.Clear(customer.Text("phone") ?? order.Text("phone")),
            ShopCustomerId: Personal.Clear(customer.Id("id")),
            Visitor: null,
            Handle: null,
            Name: Personal.Clear($"{first} {last}"),
            FirstName: Personal.Clear(first),
            Language: Locales.Language(order.Text("customer_locale") ?? customer.Text("locale")),
            TimeZone: null,
            Country: CountryOf(order, customer),
            Relation: null,
            OccurredAt: at)
        {
            Tags = tags,
            TagText = text,
        };
    }

    /// <summary>
    /// Subscribed is consent; unsubscribed, and redacted, is its withdrawal. Pending (the double opt-in is not confirmed), not subscribed and
    /// invalid say nothing about what the person wants.
    /// </summary>
    /// <param name="undated">The instant of a consent without its own; null: such a consent is left to its own topic.</param>
    /// <param name="recordedAt">That of the record that holds it: an objection without a date was made by then.</param>
    private static ICustomerEvent? ConsentOf(JsonFields consent, DateTimeOffset? undated, DateTimeOffset recordedAt) =>
        (consent.Text("state")?.ToLowerInvariant(), consent.Instant("consent_updated_at")) switch
        {
            ("subscribed", var at) when (at ?? undated) is { } givenAt => Given(givenAt),
            ("unsubscribed" or "redacted", var at) => new ConsentWithdrawn(
                // One whose date cannot be right counts from its arrival.
                Channel.Email, Purpose.Marketing, ShopifySource.SourceName, at ?? (consent.Has("consent_updated_at") ? undated ?? consent.ReceivedAt : null) ?? recordedAt),
            _ => null,
        };

    /// <summary>
    /// What an order says of the consent: the customer's record of that time, which has a date, else the box ticked at the checkout; unticked, it says nothing
    /// about an earlier consent. Only where the buyer went through the checkout: what an app, an import or the shop's staff made copies an old flag.
    /// </summary>
    public static ICustomerEvent? CopiedConsent(JsonFields order, JsonFields customer, DateTimeOffset placedAt) =>
        CopyOf(ConsentOf(customer.Child("email_marketing_consent"), undated: null, placedAt)) switch
        {
            ConsentWithdrawn withdrawn => withdrawn,
            _ when !IsCheckedOut(order) => null,
            ConsentGiven given => given with { Basis = ConsentBasis.Copied },
            _ => order.Flag("buyer_accepts_marketing") is true ? Given(placedAt) with { Basis = ConsentBasis.Copied } : null,
        };

    private static bool IsCheckedOut(JsonFields order) => order.Id("source_name") is null or "web" or ShopifyTranslation.FormerOnlineStore;

    private static ICustomerEvent? CopyOf(ICustomerEvent? consent) => consent is ConsentWithdrawn x ? x with { CountsFrom = x.OccurredAt } : consent;

    private static ConsentGiven Given(DateTimeOffset at) =>
        new(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, ShopifySource.SourceName, Wording: null, at);
}
