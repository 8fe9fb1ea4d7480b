using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using NodaTime;

namespace Cx.Application.Intake.Sources;

/// <summary>The <c>customer</c> of a touchpoint.</summary>
internal static class TouchpointCustomer
{
    public static (List<RawIdentifier> Who, CustomerDetailsLearned? Details) Read(JsonFields customer, DateTimeOffset at)
    {
        var who = new List<RawIdentifier>();
        var email = Identifier(who, customer, "email", IdentifierKind.Email, "must be an e-mail address");
        var phone = Identifier(who, customer, "phone", IdentifierKind.Phone, "must be a phone number, best with its country code");
        var shopCustomerId = customer.Id("shopCustomerId");
        var visitor = customer.Id("visitorId");
        var handle = customer.Id("handle");
        who.InsertRange(0, shopCustomerId is null ? [] : [new RawIdentifier(IdentifierKind.ShopCustomerId, shopCustomerId)]);
        who.AddRange(visitor is null ? [] : [new RawIdentifier(IdentifierKind.Visitor, visitor)]);
        who.AddRange(handle is null ? [] : [new RawIdentifier(IdentifierKind.Handle, handle)]);

        var details = new CustomerDetailsLearned(
            Personal.Clear(email), Personal.Clear(phone), Personal.Clear(shopCustomerId), Personal.Clear(visitor), Personal.Clear(handle),
            Personal.Clear(customer.Text("name", 300)), Personal.Clear(customer.Text("firstName", 300)),
            Checked(customer, "language", Locales.Language, "must be a BCP 47 language tag"),
            Checked(customer, "timeZone", zone => DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone)?.Id, "must be an IANA time zone"),
            Checked(customer, "country", Locales.Country, "must be an ISO 3166-1 alpha-2 code"),
            Relation: null, at);
        return (who, details == Nobody with { OccurredAt = at } ? null : details);
    }

    private static CustomerDetailsLearned Nobody { get; } = new(null, null, null, null, null, null, null, null, null, null, null, default);

    private static string? Identifier(List<RawIdentifier> who, JsonFields customer, string name, IdentifierKind kind, string must)
    {
        if (Checked(customer, name, text => Identifiers.Normalise(kind, text) is null ? null : text, must) is not { } value)
            return null;

        who.Add(new(kind, value));
        return value;
    }

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
