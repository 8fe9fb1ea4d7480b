using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Application.Intake.Sources;

/// <summary>WooCommerce's registered customers, and the people behind its orders.</summary>
internal static class WooCommerceCustomers
{
    public static Translation Read(JsonFields customer)
    {
        var billing = customer.Child("billing");
        var id = customer.Require("id", customer.Id("id"));
        var email = customer.Text("email") ?? billing.Text("email");
        var at = customer.Require("date_modified_gmt", customer.UtcInstant("date_modified_gmt") ?? customer.UtcInstant("date_created_gmt"));
        return new Translation.Reports(
        [
            new Report(Who(id, email, billing.Text("phone")), [Details(id, email, billing, customer.Text("first_name"), customer.Text("last_name"), at)]),
        ]);
    }

    /// <summary>
    /// All that names the person. A billing phone is whatever was typed: it tells people apart only when it is international, since two
    /// countries share national numbers.
    /// </summary>
    public static List<RawIdentifier> Who(string? customerId, string? email, string? phone)
    {
        var identifiers = new List<RawIdentifier>(4);
        if (customerId is not null)
            identifiers.Add(new(IdentifierKind.ShopCustomerId, customerId));
        if (email is not null)
            identifiers.Add(new(IdentifierKind.Email, email));
        if (phone is not null && Identifiers.Normalise(IdentifierKind.Phone, phone) is ['+', ..])
            identifiers.Add(new(IdentifierKind.Phone, phone));

        return identifiers;
    }

    public static CustomerDetailsLearned Details(string? customerId, string? email, JsonFields billing, string? first, string? last, DateTimeOffset at) => new(
        Personal.Clear(email), Personal.Clear(billing.Text("phone")), Personal.Clear(customerId), Visitor: null, Handle: null,
        Name: Personal.Clear($"{first ?? billing.Text("first_name")} {last ?? billing.Text("last_name")}"),
        FirstName: Personal.Clear(first ?? billing.Text("first_name")),
        Language: null, TimeZone: null, Country: Locales.Country(billing.Text("country")), Relation: null, at);
}
