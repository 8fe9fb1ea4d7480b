using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>One error in a touchpoint.</summary>
/// <param name="Path">A JSON pointer (RFC 6901) to the invalid value; empty: the touchpoint itself.</param>
/// <param name="Message">For people; never holds the value.</param>
public sealed record TouchpointError(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>The result of reading one touchpoint: a report, or its errors.</summary>
/// <param name="Id">The touchpoint's own id, else the fallback.</param>
public readonly record struct TouchpointReading(Report? Report, string? Id, IReadOnlyList<TouchpointError> Errors);

/// <summary>
/// Reads our own touchpoint JSON, as <c>touchpoint.schema.json</c> describes it. Strict where a mistake would be recorded for ever (an
/// unknown type, an instant without offset, a number that is not exact); unknown fields are ignored.
/// </summary>
public static class TouchpointReader
{
    /// <summary>Reads one touchpoint, or gives all of its errors at once.</summary>
    /// <param name="receivedAt">When it arrived; occurring more than a day later is an error, but for an objection, which counts from here then.</param>
    /// <param name="fallbackId">The id of a touchpoint that has none; without it the id is required.</param>
    /// <param name="source">Recorded as the source of a consent.</param>
    public static TouchpointReading Read(JsonElement item, DateTimeOffset receivedAt, string? fallbackId = null, string source = "api")
    {
        var errors = new List<TouchpointError>();
        var touchpoint = JsonFields.Object(item, "", (path, message) => errors.Add(new(path, message)));
        if (errors.Count > 0)
            return new(null, fallbackId, errors);

        var id = touchpoint.Id("id") ?? fallbackId;
        var given = touchpoint.Require("id", id);
        var occurredAt = IsObjection(item) && touchpoint.Has("occurredAt")
            ? InBounds(touchpoint, receivedAt) ?? receivedAt
            : touchpoint.Require("occurredAt", touchpoint.Instant("occurredAt"));
        if (touchpoint.Has("occurredAt") && !StatedInstant.IsInBounds(occurredAt, receivedAt) && errors.TrueForAll(e => e.Path != "/occurredAt"))
            touchpoint.Reject("occurredAt", $"must be {StatedInstant.Bounds}");

        var order = touchpoint.Id("orderId");
        var (identifiers, details) = ReadCustomer(touchpoint.Child("customer"), occurredAt);
        var data = touchpoint.Child("data");
        var fact = ReadFact(touchpoint, data, new(
            given, occurredAt, order is null ? null : new OrderId(order),
            touchpoint.Word<Channel>("channel"), touchpoint.Word<Direction>("direction"), touchpoint.Word<Stage>("stage"), source));

        var contact = Contact(fact, details, data);
        if (identifiers.Count == 0 && order is null && !data.Has("conversationId")
            && errors.TrueForAll(e => !e.Path.StartsWith("/customer", StringComparison.Ordinal)))
        {
            touchpoint.Reject(
                "customer", "must have an email, phone, shopCustomerId, visitorId or handle, unless there is an orderId or a data.conversationId");
        }

        if (errors.Count > 0 || fact is null)
            return new(null, id, errors);

        if (order is not null)
            identifiers.Insert(0, new(IdentifierKind.Order, order));
        if (TouchpointFacts.ConversationOf(fact) is { } conversation)
            identifiers.Add(new(IdentifierKind.Conversation, conversation.Value));

        // A bounce says where the message went, not where the person is reached now.
        return new(new Report(identifiers, fact is AddressRefused ? [fact] : [.. details is null ? [] : new ICustomerEvent[] { details }, fact, .. contact]), id, []);
    }

    private static bool IsObjection(JsonElement touchpoint) => ExactJson.Property(touchpoint, "type") is { } type && ExactJson.Text(type) switch
    {
        "spam" => true,
        "consent" => ExactJson.Property(touchpoint, "data") is { } data && ExactJson.Property(data, "given") is { ValueKind: JsonValueKind.False },
        _ => false,
    };

    private static DateTimeOffset? InBounds(JsonFields touchpoint, DateTimeOffset receivedAt) =>
        ExactInstant.Parse(touchpoint.Optional("occurredAt")) is { } at && StatedInstant.IsInBounds(at, receivedAt) ? at : null;

    /// <summary>The contact that a purchase was made with: the customer's details as they were then, and the address of the order.</summary>
    private static IReadOnlyList<OrderContactGiven> Contact(ICustomerEvent? fact, CustomerDetailsLearned? x, JsonFields data)
    {
        if (fact is not OrderPlaced order)
            return [];

        var address = data.Child("address");
        var country = Checked(address, "country", Locales.Country, CountryCode) ?? x?.Country;
        var postcode = address.Text("postcode", 20);
        var contact = new OrderContactGiven(
            order.Order, x?.Email, x?.Email, x?.Phone, x?.Name, x?.FirstName, x?.Language, country,
            Checked(address, "province", Locales.Province, "must be the code of a province or state, such as NY or TO"), Personal.Clear(postcode), order.Revision)
        {
            PostcodeZones = PlaceZones.OfPostcode(country, postcode),
            ForPickUp = data.Flag("pickUp"),
        };
        return contact.IsEmpty ? [] : [contact];
    }

    private static ICustomerEvent? ReadFact(JsonFields touchpoint, JsonFields data, TouchpointEnvelope envelope)
    {
        var type = touchpoint.Require("type", touchpoint.Text("type"));
        if (TouchpointFacts.ByType.TryGetValue(type, out var read))
            return read(touchpoint, data, envelope);

        if (type.Length > 0)
            touchpoint.Reject("type", $"must be one of {string.Join(", ", TouchpointFacts.ByType.Keys.Order(StringComparer.Ordinal))}");

        return null;
    }

    /// <summary>The identifiers and details of a touchpoint's customer; no details when there are none.</summary>
    private static (List<RawIdentifier> Identifiers, CustomerDetailsLearned? Details) ReadCustomer(JsonFields customer, DateTimeOffset at)
    {
        var country = Checked(customer, "country", Locales.Country, CountryCode);
        var email = Checked(customer, "email", text => Identifiers.Normalise(IdentifierKind.Email, text) is null ? null : text, "must be an e-mail address");
        var phone = Checked(
            customer, "phone", text => PhoneForms.Of(text, country, shopCountry: null).Count == 0 ? null : text, "must be a phone number, best with its country code");
        var shopCustomerId = customer.Id("shopCustomerId");
        var visitor = customer.Id("visitorId");
        var handle = customer.Id("handle");
        (IdentifierKind Kind, string? Value)[] given =
        [
            (IdentifierKind.ShopCustomerId, shopCustomerId), (IdentifierKind.Email, email), (IdentifierKind.Phone, phone),
            (IdentifierKind.Visitor, visitor), (IdentifierKind.Handle, handle),
        ];
        List<RawIdentifier> identifiers = [.. from i in given where i.Value is not null select new RawIdentifier(i.Kind, i.Value, i.Kind is IdentifierKind.Phone ? country : null)];

        var (tags, tagText) = ShopWords.Tags(customer.Words("tags"));
        var details = new CustomerDetailsLearned(
            Personal.Clear(email), Personal.Clear(phone), Personal.Clear(shopCustomerId), Personal.Clear(visitor), Personal.Clear(handle),
            Personal.Clear(customer.Text("name")), Personal.Clear(customer.Text("firstName")),
            Checked(customer, "language", Locales.Language, "must be a BCP 47 language tag"),
            Checked(customer, "timeZone", zone => ShopZone.Find(zone)?.Id, "must be an IANA time zone"),
            country,
            Relation: null, at)
        {
            Tags = tags,
            TagText = tagText,
        };
        return (identifiers, details == NoDetails with { OccurredAt = at } ? null : details);
    }

    private const string CountryCode = "must be an ISO 3166-1 alpha-2 code";

    private static CustomerDetailsLearned NoDetails { get; } = new(null, null, null, null, null, null, null, null, null, null, null, default);

    private static string? Checked(JsonFields customer, string name, Func<string, string?> check, string must)
    {
        if (customer.Text(name) is not { } text)
            return null;

        var value = check(text);
        if (value is null)
            customer.Reject(name, must);

        return value;
    }
}

/// <summary>The JSON Schema (draft 2020-12) of a touchpoint.</summary>
public static class TouchpointSchema
{
    public const string ContentType = "application/schema+json";

    public static ReadOnlyMemory<byte> Json { get; } = Load();

    private static byte[] Load()
    {
        using var resource = typeof(TouchpointSchema).Assembly.GetManifestResourceStream("touchpoint.schema.json")
            ?? throw new InvalidOperationException("The touchpoint schema is not embedded in the assembly.");
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
