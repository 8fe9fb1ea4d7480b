using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// Translates Shopify's payloads. Order ids and customer ids share one name space per shop: two platforms whose numbers could collide must
/// be two shops.
/// </summary>
internal static class ShopifyTranslation
{
    /// <summary>
    /// The order object, the same on every order topic. Each delivery is translated into all the facts that it holds, so that the order of
    /// arrival does not matter. Test orders are orders.
    /// </summary>
    /// <param name="isPaid">
    /// Whether the topic says that the order is paid. The payload has no instant of payment: the earliest revision that was paid dates it,
    /// which is that of <c>orders/paid</c>.
    /// </param>
    public static Translation Order(JsonFields order, bool isPaid)
    {
        var id = new OrderId(order.Require("id", order.Id("id")));
        var placedAt = order.Require("processed_at", order.Instant("processed_at") ?? order.Instant("created_at"));
        var revision = order.Instant("updated_at") ?? placedAt;
        var customer = order.Child("customer");

        List<ICustomerEvent> facts =
        [
            .. Details(customer, order, placedAt),
            new OrderPlaced(id, order.Text("name") ?? order.Id("order_number"), Total(order), Lines(order), PromisedBy: null, revision, placedAt),
        ];
        if (Contact(id, customer, order, revision) is { IsEmpty: false } contact)
            facts.Add(contact);

        if (isPaid || order.Text("financial_status") is "paid" or "partially_refunded" or "refunded")
            facts.Add(new OrderPaid(id, revision));

        facts.AddRange(order.Items("fulfillments").Select(f => Shipped(id, f)).OfType<OrderShipped>());
        facts.AddRange(Refunds(id, order));
        if (order.Instant("cancelled_at") is { } cancelledAt)
            facts.Add(new OrderCancelled(id, CancelledBy(order.Text("cancel_reason")), cancelledAt));

        if (CopiedConsent(order, customer, placedAt) is { } consent)
            facts.Add(consent);

        return Report([new(IdentifierKind.Order, id.Value), .. IdentifiersOf(order, customer)], facts);
    }

    /// <summary>A checkout; an anonymous one concerns no customer.</summary>
    public static Translation Checkout(JsonFields checkout)
    {
        var customer = checkout.Child("customer");
        var identifiers = IdentifiersOf(checkout, customer);
        if (identifiers.Count == 0)
            return new Translation.Nothing();

        var at = checkout.Require("created_at", checkout.Instant("created_at"));
        var id = checkout.Require("id", checkout.Id("id") ?? checkout.Id("token"));
        return Report(identifiers, [.. Details(customer, checkout, at), new CheckoutStarted(id, Order: null, Total(checkout), Lines(checkout), at)]);
    }

    /// <summary>A fulfilment on its own: it holds the order's id and usually its e-mail address.</summary>
    public static Translation Fulfilment(JsonFields fulfilment)
    {
        var order = OrderOf(fulfilment);
        var identifiers = new List<RawIdentifier> { new(IdentifierKind.Order, order.Value) };
        Add(identifiers, IdentifierKind.Email, fulfilment.Text("email"));
        return Shipped(order, fulfilment) is { } shipped ? Report(identifiers, [shipped]) : new Translation.Nothing();
    }

    /// <summary>A change of a parcel's status. Only "delivered" is a fact: the fulfilment itself says when the parcel was shipped.</summary>
    public static Translation FulfilmentEvent(JsonFields change)
    {
        if (change.Text("status")?.ToLowerInvariant() is not "delivered")
            return new Translation.Nothing();

        var order = OrderOf(change);
        var shipment = change.Require("fulfillment_id", change.Id("fulfillment_id"));
        var at = change.Require("happened_at", change.Instant("happened_at") ?? change.Instant("created_at"));
        return Report([new(IdentifierKind.Order, order.Value)], [new OrderDelivered(order, shipment, at)]);
    }

    /// <summary>A refund on its own: it holds only the order's id, and does not say whether the order is refunded in full.</summary>
    public static Translation Refund(JsonFields refund)
    {
        var order = OrderOf(refund);
        return Refunded(order, refund) is { } fact ? Report([new(IdentifierKind.Order, order.Value)], [fact]) : new Translation.Nothing();
    }

    /// <summary>A customer's record.</summary>
    public static Translation Customer(JsonFields customer)
    {
        var at = customer.Require("updated_at", customer.Instant("updated_at") ?? customer.Instant("created_at"));
        var facts = new List<ICustomerEvent> { Stated(customer, default, at) };
        if (Cleared(customer) is { Length: > 0 } cleared)
            facts.Add(new CustomerDetailsCleared(cleared, at));

        if (CopyOf(ConsentOf(customer.Child("email_marketing_consent"), undated: null)) is { } consent)
            facts.Add(consent);

        return Report(IdentifiersOf(default, customer), facts);
    }

    /// <summary>A change of the consent to e-mail marketing.</summary>
    /// <param name="raisedAt">Dates a statement that has no date of its own.</param>
    public static Translation MarketingConsent(JsonFields payload, DateTimeOffset raisedAt)
    {
        var identifiers = new List<RawIdentifier>();
        Add(identifiers, IdentifierKind.ShopCustomerId, payload.Id("customer_id"));
        Add(identifiers, IdentifierKind.Email, payload.Text("email_address"));
        return ConsentOf(payload.Child("email_marketing_consent"), raisedAt) is { } consent
            ? Report(identifiers, [consent])
            : new Translation.Nothing();
    }

    /// <summary>A customer's request for the data held about them.</summary>
    public static Translation DataRequest(JsonFields payload, DateTimeOffset raisedAt) =>
        Report([.. Person(payload, "orders_requested"), .. OrdersOf(payload, "orders_requested")], [new DataRequested(ShopifySource.SourceName, raisedAt)]);

    /// <summary>A request to erase a customer.</summary>
    public static Translation Redact(JsonFields payload) =>
        new Translation.Erase(Person(payload, "orders_to_redact"), OrdersOf(payload, "orders_to_redact"));

    private static Translation.Reports Report(IReadOnlyList<RawIdentifier> identifiers, IReadOnlyList<ICustomerEvent> facts) =>
        new([new Report(identifiers, facts)]);

    private static OrderId OrderOf(JsonFields payload) => new(payload.Require("order_id", payload.Id("order_id")));

    private static List<RawIdentifier> IdentifiersOf(JsonFields order, JsonFields customer)
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
            if (Locales.Country(address.Text("country_code")) is { } country)
                return (country, address);
        }

        return (null, default);
    }

    private static string? EmailOf(JsonFields order) => order.Text("email") ?? order.Text("contact_email");

    /// <summary>
    /// The customer's record as the order or checkout holds it, dated by its own last change where it has one; what the order has besides is a copy, dated
    /// by the order's creation: an order that is edited later does not bring an old address back.
    /// </summary>
    private static IEnumerable<CustomerDetailsLearned> Details(JsonFields customer, JsonFields order, DateTimeOffset createdAt)
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
    private static OrderContactGiven Contact(OrderId id, JsonFields customer, JsonFields order, DateTimeOffset revision)
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
            Province: Locales.Province(address.Optional("province_code")), Postcode: Personal.Clear(address.Optional("zip")), revision);
    }

    /// <summary>
    /// The customer's own record first, the order or checkout for what it leaves out. Phone numbers of addresses are not used: they may be
    /// the recipient's.
    /// </summary>
    private static CustomerDetailsLearned Stated(JsonFields customer, JsonFields order, DateTimeOffset at)
    {
        var billing = order.Child("billing_address");
        var first = customer.Text("first_name") ?? billing.Text("first_name");
        var last = customer.Text("last_name") ?? billing.Text("last_name");
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
            OccurredAt: at);
    }

    private static Money Total(JsonFields order) => order.Require("total_price", order.Money("total_price", "currency"));

    private static OrderLine[] Lines(JsonFields order) => Array.ConvertAll(order.Items("line_items"), line => new OrderLine(
        line.Id("product_id") is { } product ? new ProductId(product) : null,
        line.Text("sku"),
        line.Text("title") ?? line.Text("name") ?? "",
        (int)line.Require("quantity", line.Integer("quantity", 0, int.MaxValue)),
        line.Require("price", line.Amount("price")),
        Category: null));

    /// <summary>
    /// Out of stock, suspected fraud and the staff's own reasons are the shop's decision. A declined payment, or no reason, does not say whose
    /// decision it was.
    /// </summary>
    private static Canceller CancelledBy(string? reason) => reason?.ToLowerInvariant() switch
    {
        "customer" => Canceller.Customer,
        null or "declined" => Canceller.Unknown,
        _ => Canceller.Shop,
    };

    /// <summary>The parcel of a fulfilment, under the fulfilment's id; a cancelled or failed one has none.</summary>
    private static OrderShipped? Shipped(OrderId order, JsonFields fulfilment) =>
        fulfilment.Text("status")?.ToLowerInvariant() is "success" or null
        ? new(order, fulfilment.Require("id", fulfilment.Id("id")), fulfilment.Require("created_at", fulfilment.Instant("created_at")))
        : null;

    /// <summary>The refunds inside an order. When the order is refunded in full, the last of them is the one that did it.</summary>
    private static List<OrderRefunded> Refunds(OrderId order, JsonFields payload)
    {
        var refunds = payload.Items("refunds").Select(r => Refunded(order, r)).OfType<OrderRefunded>()
            .OrderBy(r => r.OccurredAt).ThenBy(r => r.Refund, StringComparer.Ordinal).ToList();
        if (refunds.Count > 0 && payload.Text("financial_status") is "refunded")
            refunds[^1] = refunds[^1] with { Full = true };

        return refunds;
    }

    /// <summary>The money of the successful transactions; a refund without any only returns goods to stock.</summary>
    private static OrderRefunded? Refunded(OrderId order, JsonFields refund)
    {
        Money? sum = null;
        foreach (var transaction in refund.Items("transactions"))
        {
            if (transaction.Text("kind") is "refund" && transaction.Text("status") is "success"
                && transaction.Money("amount", "currency") is { } part)
            {
                if (sum is { } other && other.Currency != part.Currency)
                    transaction.Reject("currency", "differs from the refund's other transactions");

                sum = part with { Amount = part.Amount + (sum?.Amount ?? 0) };
            }
        }

        return sum is null ? null : new OrderRefunded(
            order, refund.Require("id", refund.Id("id")), sum, Full: false,
            refund.Require("created_at", refund.Instant("processed_at") ?? refund.Instant("created_at")));
    }

    /// <summary>
    /// Subscribed is consent; unsubscribed, and redacted, is its withdrawal. Pending (the double opt-in is not confirmed), not subscribed and
    /// invalid say nothing about what the person wants.
    /// </summary>
    /// <param name="undated">The instant of a statement without its own; null: such a statement is left to its own topic.</param>
    private static ICustomerEvent? ConsentOf(JsonFields consent, DateTimeOffset? undated) =>
        (consent.Text("state")?.ToLowerInvariant(), consent.Instant("consent_updated_at") ?? undated) switch
        {
            ("subscribed", { } at) => Given(at),
            ("unsubscribed" or "redacted", { } at) => new ConsentWithdrawn(Channel.Email, Purpose.Marketing, ShopifySource.SourceName, at),
            _ => null,
        };

    /// <summary>
    /// What an order says of the consent: the customer's record of that time, which has a date, else the box ticked at the checkout; unticked, it says nothing
    /// about an earlier consent. Only where the buyer went through the checkout: what an app, an import or the shop's staff made copies an old flag.
    /// </summary>
    private static ICustomerEvent? CopiedConsent(JsonFields order, JsonFields customer, DateTimeOffset placedAt) =>
        CopyOf(ConsentOf(customer.Child("email_marketing_consent"), undated: null)) switch
        {
            ConsentWithdrawn withdrawn => withdrawn,
            _ when !IsCheckedOut(order) => null,
            ConsentGiven given => given with { Basis = ConsentBasis.Copied },
            _ => order.Flag("buyer_accepts_marketing") is true ? Given(placedAt) with { Basis = ConsentBasis.Copied } : null,
        };

    // 580111 is the online store's former id.
    private static bool IsCheckedOut(JsonFields order) => order.Id("source_name") is null or "web" or "580111";

    private static ICustomerEvent? CopyOf(ICustomerEvent? consent) => consent is ConsentWithdrawn x ? x with { CountsFrom = x.OccurredAt } : consent;

    private static ConsentGiven Given(DateTimeOffset at) =>
        new(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, ShopifySource.SourceName, Wording: null, at);
}
