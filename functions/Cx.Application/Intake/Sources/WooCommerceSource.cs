using System.Net;
using System.Security.Cryptography;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// WooCommerce: HMAC-SHA256 of the raw body under the webhook's secret, in base64. Its delivery id is a hash of webhook and second, so
/// two orders of one second share it: the delivery key is made of the content instead.
/// </summary>
public sealed class WooCommerceSource : ISource
{
    public const string SourceName = "woocommerce";

    public string Name => SourceName;

    public Verdict Verify(Incoming incoming, IReadOnlyList<string> secrets)
    {
        if (!incoming.Headers.ContainsKey("X-WC-Webhook-Signature"))
            return IsPing(incoming) ? Verdict.Ping : Verdict.Forged;

        if (incoming.Header("X-WC-Webhook-Signature") is not { } header || Signatures.FromBase64(header) is not { } signature)
            return Verdict.Malformed;

        if (!Signatures.IsSigned(Signatures.AsWritten(secrets), default, incoming.Body.Span, signature))
            return Verdict.Forged;

        return string.IsNullOrWhiteSpace(Topic(incoming)) ? Verdict.Malformed : Verdict.Authentic;
    }

    public string DeliveryKey(Incoming incoming)
    {
        var id = ExactJson.Property(incoming.Json, "id") is { } number ? ExactJson.Id(number) : null;
        var modified = ExactJson.Property(incoming.Json, "date_modified_gmt") is { } date ? ExactJson.Text(date) : null;
        return $"{Topic(incoming)}/{id}/{modified}/{Convert.ToHexStringLower(SHA256.HashData(incoming.Body.Span))}";
    }

    public string Topic(Incoming incoming) => incoming.Header("X-WC-Webhook-Topic") ?? "";

    public string? RefuseSecret(string secret) => Signatures.RefuseWritten(secret);

    public Translation Translate(Incoming incoming) => Topic(incoming) switch
    {
        "order.created" or "order.updated" or "order.restored" => WooCommerceTranslation.Order(JsonFields.Of(incoming), incoming.ReceivedAt),
        "customer.created" or "customer.updated" => WooCommerceTranslation.Customer(JsonFields.Of(incoming)),
        // order.deleted among them: it removes the shop's record, and says nothing about the customer.
        _ => new Translation.Nothing(),
    };

    /// <summary>The unsigned test that WooCommerce posts when a webhook is saved: <c>webhook_id=N</c> and nothing else.</summary>
    private static bool IsPing(Incoming incoming) =>
        incoming.Header("Content-Type")?.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is true
        && incoming.Body.Span is var body && body.StartsWith("webhook_id="u8)
        && body["webhook_id=".Length..] is { Length: > 0 and <= 20 } number && !number.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}

/// <summary>
/// Translates WooCommerce's payloads. Everything that happens to an order arrives as <c>order.updated</c>, so all facts are derived from
/// its status and dates each time. Order ids and customer ids share one name space per shop: two platforms whose numbers could collide must
/// be two shops.
/// </summary>
internal static class WooCommerceTranslation
{
    /// <param name="receivedAt">Dates a revision that has no date of its own.</param>
    public static Translation Order(JsonFields order, DateTimeOffset receivedAt)
    {
        Recognise(order, "order");
        var id = new OrderId(order.Require("id", order.Id("id")));
        var createdAt = order.Require("date_created_gmt", order.UtcInstant("date_created_gmt"));
        var revision = order.UtcInstant("date_modified_gmt") ?? receivedAt;
        var paidAt = order.UtcInstant("date_paid_gmt");
        var status = order.Optional("status");
        if (status is null)
            order.LeaveOut("status", "is missing: whether the order was paid says whether it was taken");

        var isTaken = IsTaken(status, paidAt is not null);

        var billing = order.Child("billing");
        var customerId = order.Id("customer_id") is { } number and not "0" ? number : null; // 0: a guest
        var identifiers = IdentifiersOf(customerId, billing.Text("email"), billing);
        if (isTaken is not true && identifiers.Count == 0)
            return new Translation.Nothing(); // a draft without a customer

        var total = order.Total("total", "currency", Lines(order));
        List<ICustomerEvent> facts =
        [
            // A copy, dated by the order's creation: an order that is edited later does not bring an old address back.
            Details(customerId, billing.Text("email"), billing, first: null, last: null, createdAt) with { Language = LanguageOf(order), Revision = revision },
            .. isTaken is true ? Taken(order, id, status, total, createdAt, paidAt, revision) : [new CheckoutStarted(id.Value, id, total, Lines(order), createdAt)],
            .. isTaken is false ? [new OrderNotTaken(id, revision)] : Array.Empty<ICustomerEvent>(),

            // The payload does not say who cancelled (staff, customer, or the clean-up of unpaid orders) or when: the first revision that is
            // cancelled dates it.
            .. status is "cancelled" ? [new OrderCancelled(id, Canceller.Unknown, revision)] : Array.Empty<ICustomerEvent>(),
        ];
        if (isTaken is true && Contact(id, order, billing, revision) is { IsEmpty: false } contact)
            facts.Add(contact);

        return new Translation.Reports([new Report([new(IdentifierKind.Order, id.Value), .. identifiers], facts)]);
    }

    /// <summary>What looks like another answer of the shop than the object itself says how it is to be mended.</summary>
    private static void Recognise(JsonFields payload, string name)
    {
        if (!payload.Has("id") && payload.Optional("code")?.StartsWith("woocommerce_rest_", StringComparison.Ordinal) is true)
            payload.Reject("code", "is an error of the shop instead of the object: the webhook's owner may not read it; give the webhook to an administrator of the shop");
        if (!payload.Has("id") && payload.Has(name))
            payload.Reject(name, "is the legacy API's shape: choose 'WP REST API Integration v3' as the webhook's version");
    }

    private static IEnumerable<ICustomerEvent> Taken(
        JsonFields order, OrderId id, string? status, Money total, DateTimeOffset createdAt, DateTimeOffset? paidAt, DateTimeOffset revision)
    {
        // The status counts too: an order that is opened again keeps its date of completion. One that a plug-in added says nothing of parcels.
        var completedAt = status is "completed" or "refunded" ? order.UtcInstant("date_completed_gmt") : null;
        var refunds = Refunds(order, total, revision, isWhole: status is "refunded");
        return
        [
            new OrderPlaced(id, order.Id("number"), total, Lines(order), PromisedBy: null, revision, createdAt)
            {
                Standing = new()
                {
                    // An order that is refunded may have been cancelled before.
                    Cancelled = status is "cancelled" ? [new(revision, Canceller.Unknown)] : status is "processing" or "on-hold" or "completed" ? [] : null,
                    Paid = paidAt is { } paid ? [new(paid)] : [],
                    Shipped = completedAt is { } completed ? Whole(new Dispatch(completed, null)) : status is "processing" or "on-hold" ? Whole<Dispatch>(null) : null,
                    Refunded = order.Has("refunds") || refunds.Count > 0 ? refunds.ToDictionary(r => r.Id, r => (Refund?)r.Refund, StringComparer.Ordinal) : null,
                },
                Traits = Traits(order),
            },
            .. paidAt is { } at ? [new OrderPaid(id, at) { Revision = revision }] : Array.Empty<ICustomerEvent>(),
            .. completedAt is { } shipped ? [new OrderShipped(id, Shipment: null, shipped) { Revision = revision }] : Array.Empty<ICustomerEvent>(),
            .. refunds.Select(r => new OrderRefunded(id, r.Id, r.Refund.Amount, r.Refund.Full, r.Refund.At)),
        ];
    }

    private static Dictionary<string, T?> Whole<T>(T? value) where T : class => new(StringComparer.Ordinal) { [""] = value };

    public static Translation Customer(JsonFields customer)
    {
        Recognise(customer, "customer");
        var billing = customer.Child("billing");
        var id = customer.Require("id", customer.Id("id"));
        var email = customer.Text("email") ?? billing.Text("email");
        var at = customer.Require("date_modified_gmt", customer.UtcInstant("date_modified_gmt") ?? customer.UtcInstant("date_created_gmt"));
        var details = Details(id, email, billing, customer.Text("first_name"), customer.Text("last_name"), at);
        return new Translation.Reports([new Report(IdentifiersOf(id, email, billing), Cleared(customer, details) is { Length: > 0 } cleared
            ? [details, new CustomerDetailsCleared(cleared, at)]
            : [details])]);
    }

    /// <summary>
    /// Whether the shop took the order: not before a payment is made, or is to be made outside the checkout (<c>on-hold</c>). One that is cancelled unpaid was
    /// taken if an earlier revision says so: null. A status that a plug-in added is a step in the handling of an order.
    /// </summary>
    private static bool? IsTaken(string? status, bool isPaid) => status switch
    {
        null => isPaid ? true : null,
        "pending" or "failed" or "checkout-draft" or "auto-draft" or "draft" or "trash" => false,
        "cancelled" => isPaid ? true : null,
        _ => true,
    };

    /// <summary>What a customer's record says that there is none of, and the billing address does not have either.</summary>
    private static DetailsField[] Cleared(JsonFields customer, CustomerDetailsLearned details)
    {
        (DetailsField Field, bool IsCleared)[] fields =
        [
            (DetailsField.Email, details.Email is null && customer.IsEmptied("email")),
            (DetailsField.Phone, details.Phone is null && customer.Child("billing").IsEmptied("phone")),
            (DetailsField.Name, details.Name is null && customer.IsEmptied("first_name") && customer.IsEmptied("last_name")),
            (DetailsField.FirstName, details.FirstName is null && customer.IsEmptied("first_name")),
        ];
        return [.. fields.Where(f => f.IsCleared).Select(f => f.Field)];
    }

    /// <summary>The contact that the order was given with: what was typed at the checkout is the only record of the buyer that it has.</summary>
    private static OrderContactGiven Contact(OrderId id, JsonFields order, JsonFields billing, DateTimeOffset revision)
    {
        var email = Personal.Clear(billing.Text("email"));
        var country = Locales.Country(billing.Text("country"));
        return new(
            id, email, OwnEmail: email, Personal.Clear(billing.Text("phone")), Personal.Clear($"{billing.Text("first_name")} {billing.Text("last_name")}"),
            Personal.Clear(billing.Text("first_name")), LanguageOf(order), country,
            Locales.Province(billing.Optional("state")), Personal.Clear(billing.Optional("postcode")), revision)
        {
            PostcodeZones = PlaceZones.OfPostcode(country, billing.Optional("postcode")),
            ForPickUp = IsForPickUp(order) ? true : null,
        };
    }

    /// <summary>How the order was made. A renewal names the subscription that it renews; orders have no tags but those of a plug-in.</summary>
    private static OrderTraits? Traits(JsonFields order)
    {
        var channel = order.Optional("created_via");
        var isRenewal = order.OptionalItems("meta_data").Any(m => m.Optional("key") == "_subscription_renewal" && m.Optional("value") is not (null or "" or "0"));
        return ShopWords.Traits(channel, isRenewal || channel is "subscription" ? true : channel is null ? null : false, order.Words("tags"));
    }

    // The method of the classic checkout, and that of the one made of blocks.
    private static bool IsForPickUp(JsonFields order)
    {
        var methods = order.OptionalItems("shipping_lines").Select(l => l.Optional("method_id") ?? "").ToList();
        return methods.Count > 0 && methods.TrueForAll(m => m.StartsWith("local_pickup", StringComparison.Ordinal) || m.StartsWith("pickup_location", StringComparison.Ordinal));
    }

    // WPML, Polylang (two versions, and the field that it adds to the order itself), TranslatePress and Weglot. WPML calls no language in particular "all".
    private static readonly string[] LanguageKeys = ["wpml_language", "pll_language", "_order_language", "lang", "trp_language", "weglot_language"];

    /// <summary>The language of the checkout, by the plug-in that translates the shop: WooCommerce itself has none.</summary>
    private static string? LanguageOf(JsonFields order) =>
        (from key in LanguageKeys
         from meta in order.OptionalItems("meta_data")
         where meta.Optional("key") == key
         select meta.Optional("value")).Append(order.Optional("lang"))
        .Select(Locales.Language).FirstOrDefault(language => language is not null and not "all");

    /// <summary>An order that needs no processing holds nothing but goods that are virtual and downloaded.</summary>
    private static OrderLine[] Lines(JsonFields order) => Array.ConvertAll(order.Items("line_items"), line => new OrderLine(
        line.Id("product_id") is { } product and not "0" ? new ProductId(product) : null,
        line.Text("sku"),
        Decoded(line, "name"),
        line.Quantity("quantity") ?? 1,
        line.Amount("price") ?? 0,
        Category: null)
    {
        Line = line.Id("id"),
        Kind = order.Flag("needs_processing") is false || line.Flag("virtual") is true ? LineKind.Digital : null,
        Tags = line.Words("tags") is { } tags ? Labels.Of(tags) : null,
        Collections = line.Words("categories") is { } categories ? Labels.Of(categories) : null,
    });

    /// <summary>Titles come as HTML text; decoding can bring back a U+0000, which the database refuses.</summary>
    private static string Decoded(JsonFields line, string name)
    {
        var title = WebUtility.HtmlDecode(line.Text(name)) ?? "";
        if (!title.Contains('\0'))
            return title;

        line.LeaveOut(name, "holds U+0000");
        return "";
    }

    /// <summary>
    /// Refunds come as negative totals without a date: the first revision that holds one dates it. When the status is refunded, or all that the goods cost went
    /// back, the last one completed it.
    /// </summary>
    private static List<(string Id, Refund Refund)> Refunds(JsonFields order, Money total, DateTimeOffset revision, bool isWhole)
    {
        var refunds = order.OptionalItems("refunds").Where(r => r.Id("id") is not null).DistinctBy(r => r.Id("id"))
            .Select(r => (Id: r.Id("id")!, Refund: new Refund(revision, r.Amount("total") is { } amount ? total with { Amount = Math.Abs(amount) } : null, Full: false)))
            .ToList();
        var goods = total.Amount - (order.Amount("shipping_total") ?? 0) - (order.Amount("shipping_tax") ?? 0);
        var isFull = isWhole || (goods > 0 && refunds.Sum(r => r.Refund.Amount?.Amount ?? 0) >= goods);
        if (refunds.Count > 0 && isFull)
            refunds[^1] = refunds[^1] with { Refund = refunds[^1].Refund with { Full = true } };
        else if (isWhole)
            refunds.Add(("whole", new(revision, total, Full: true)));

        return refunds;
    }

    /// <summary>
    /// A billing phone is whatever was typed: it identifies a customer only where its country is known, since the same national number exists in
    /// several countries.
    /// </summary>
    private static List<RawIdentifier> IdentifiersOf(string? customerId, string? email, JsonFields billing)
    {
        var identifiers = new List<RawIdentifier>(4);
        if (customerId is not null)
            identifiers.Add(new(IdentifierKind.ShopCustomerId, customerId));
        if (email is not null)
            identifiers.Add(new(IdentifierKind.Email, email));
        if (billing.Text("phone") is { } phone)
            identifiers.Add(new(IdentifierKind.Phone, phone, Locales.Country(billing.Text("country")), NeedsCountry: true));

        return identifiers;
    }

    private static CustomerDetailsLearned Details(
        string? customerId, string? email, JsonFields billing, string? first, string? last, DateTimeOffset at) => new(
        Personal.Clear(email), Personal.Clear(billing.Text("phone")), Personal.Clear(customerId), Visitor: null, Handle: null,
        Name: Personal.Clear($"{first ?? billing.Text("first_name")} {last ?? billing.Text("last_name")}"),
        FirstName: Personal.Clear(first ?? billing.Text("first_name")),
        Language: null, TimeZone: null, Country: Locales.Country(billing.Text("country")), Relation: null, at);
}
