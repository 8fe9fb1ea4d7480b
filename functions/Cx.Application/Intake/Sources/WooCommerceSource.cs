using System.Net;
using System.Security.Cryptography;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
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
        "order.deleted" => WooCommerceTranslation.Deleted(JsonFields.Of(incoming), incoming.ReceivedAt),
        "customer.created" or "customer.updated" => WooCommercePeople.Customer(JsonFields.Of(incoming)),
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
        var status = StatusOf(order);
        if (status is null)
            order.LeaveOut("status", "is missing: whether the order was paid says whether it was taken");

        var isTaken = IsTaken(status, paidAt is not null);

        var billing = order.Child("billing");
        var customerId = order.Id("customer_id") is { } number and not "0" ? number : null; // 0: a guest
        var identifiers = WooCommercePeople.IdentifiersOf(customerId, WooCommercePeople.Email(billing), order);
        if (isTaken is not true && identifiers.Count == 0 && status is not ("failed" or "trash" or "cancelled"))
            return new Translation.Nothing(); // a draft without a customer

        var total = order.Total("total", "currency", Lines(order));
        List<ICustomerEvent> facts =
        [
            // A copy, dated by the order's creation: an order that is edited later does not bring an old address back.
            WooCommercePeople.Details(customerId, WooCommercePeople.Email(billing), order, createdAt) with { Language = WooCommercePeople.LanguageOf(order), Revision = revision },
            .. isTaken is true ? Taken(order, id, status, total, createdAt, paidAt, revision) : [new CheckoutStarted(id.Value, id, total, Lines(order), createdAt)],
            .. isTaken is false ? [new OrderNotTaken(id, revision)] : Array.Empty<ICustomerEvent>(),

            // The payload does not say who cancelled (staff, customer, or the clean-up of unpaid orders) or when: the first revision that is
            // cancelled dates it.
            .. status is "cancelled" ? [new OrderCancelled(id, Canceller.Unknown, revision)] : Array.Empty<ICustomerEvent>(),
        ];
        if (isTaken is true && WooCommercePeople.Contact(id, order, revision) is { IsEmpty: false } contact)
            facts.Add(contact);

        return new Translation.Reports([new Report([new(IdentifierKind.Order, id.Value), .. identifiers], facts)]);
    }

    // Plug-ins write it as the database has it, with a prefix, or as the shop shows it.
    private static string? StatusOf(JsonFields order) =>
        order.Optional("status")?.Trim().ToLowerInvariant() is { Length: > 0 } status ? status.StartsWith("wc-", StringComparison.Ordinal) ? status[3..] : status : null;

    /// <summary>An order was moved to the trash, or deleted: nothing but its id is told, and the shop has it no longer. One that is restored is told as a whole.</summary>
    public static Translation Deleted(JsonFields order, DateTimeOffset receivedAt)
    {
        var id = order.Require("id", order.Id("id"));
        return Translation.Reports.Of([new(IdentifierKind.Order, id)], [new OrderNotTaken(new(id), receivedAt)]);
    }

    /// <summary>What looks like another answer of the shop than the object itself says how it is to be mended.</summary>
    internal static void Recognise(JsonFields payload, string name)
    {
        if (!payload.Has("id") && payload.Optional("code")?.StartsWith("woocommerce_rest_", StringComparison.Ordinal) is true)
            payload.Reject("code", "is an error of the shop instead of the object: the webhook's owner may not read it; give the webhook to an administrator of the shop");
        if (!payload.Has("id") && payload.Has(name))
            payload.Reject(name, "is the legacy API's shape: choose 'WP REST API Integration v3' as the webhook's version");
    }

    // How long WooCommerce keeps an unpaid checkout by default. An order that is paid after it, as an invoice is, was taken when it was paid, unless the way of
    // paying is one outside the checkout.
    private static readonly TimeSpan UnpaidCheckout = TimeSpan.FromHours(1);

    private static IEnumerable<ICustomerEvent> Taken(
        JsonFields order, OrderId id, string? status, Money total, DateTimeOffset createdAt, DateTimeOffset? paidAt, DateTimeOffset revision)
    {
        // The status counts too: an order that is opened again keeps its date of completion, and one that is completed may have none: then it
        // was by this revision. One that a plug-in added says nothing of parcels.
        var completedAt = status is not ("completed" or "refunded") ? null
            : status is "completed" && (!order.Has("date_completed_gmt") || order.IsEmptied("date_completed_gmt")) ? revision
            : order.UtcInstant("date_completed_gmt");
        var takenAt = paidAt > createdAt + UnpaidCheckout && order.Optional("payment_method") is not ("bacs" or "cheque" or "cod") ? paidAt.Value : createdAt;
        var refunds = Refunds(order, total, revision, isWhole: status is "refunded");
        return
        [
            new OrderPlaced(id, order.Id("number"), total, Lines(order), PromisedBy: null, revision, takenAt)
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
            .. refunds.Select(r => new OrderRefunded(id, r.Id, r.Refund.Amount, r.Refund.Full, r.Refund.At) { Lines = r.Refund.Lines }),
        ];
    }

    private static Dictionary<string, T?> Whole<T>(T? value) where T : class => new(StringComparer.Ordinal) { [""] = value };

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

    /// <summary>How the order was made. A renewal names the subscription that it renews; orders have no tags but those of a plug-in.</summary>
    private static OrderTraits? Traits(JsonFields order)
    {
        var channel = order.Optional("created_via");
        var isRenewal = order.OptionalItems("meta_data").Any(m => m.Optional("key") == "_subscription_renewal" && m.Optional("value") is not (null or "" or "0"));
        return ShopWords.Traits(channel, isRenewal || channel is "subscription" ? true : channel is null ? null : false, order.Words("tags"));
    }

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
    /// back, the last one completed it. WooCommerce itself leaves out what was refunded; a shop that adds the refund's own lines has returns by item.
    /// </summary>
    private static List<(string Id, Refund Refund)> Refunds(JsonFields order, Money total, DateTimeOffset revision, bool isWhole)
    {
        var refunds = order.OptionalItems("refunds").Where(r => r.Id("id") is not null).DistinctBy(r => r.Id("id"))
            .Select(r => (Id: r.Id("id")!, Refund: new Refund(revision, r.Amount("total") is { } amount ? total with { Amount = Math.Abs(amount) } : null, Full: false, LinesOf(r))))
            .ToList();
        var goods = total.Amount - (order.Amount("shipping_total") ?? 0) - (order.Amount("shipping_tax") ?? 0);
        var isFull = isWhole || (goods > 0 && refunds.Sum(r => r.Refund.Amount?.Amount ?? 0) >= goods);
        if (refunds.Count > 0 && isFull)
            refunds[^1] = refunds[^1] with { Refund = refunds[^1].Refund with { Full = true } };
        else if (isWhole)
            refunds.Add(("whole", new(revision, total, Full: true)));

        return refunds;
    }

    private const decimal MostRefunded = 1_000_000_000;

    // A line of a refund names that of the order in its meta data (API v3) or in a field (v4), with a negative quantity. One of 0 gives money back, not goods.
    private static LineQuantity[]? LinesOf(JsonFields refund) =>
        (from line in refund.OptionalItems("line_items")
         let of = line.Id("line_item_id")
             ?? line.OptionalItems("meta_data").Where(m => m.Optional("key") == "_refunded_item_id").Select(m => m.Optional("value")).FirstOrDefault()
         let quantity = Math.Abs(line.Number("quantity", -MostRefunded, MostRefunded) ?? 0)
         where of is not null and not "0" && quantity > 0
         group quantity by of into quantities
         select new LineQuantity(quantities.Key, quantities.Sum())).OrderBy(l => l.Line, StringComparer.Ordinal).ToArray() is { Length: > 0 } lines ? lines : null;
}
