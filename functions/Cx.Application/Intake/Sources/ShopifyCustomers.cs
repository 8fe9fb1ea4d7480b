using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Application.Intake.Sources;

/// <summary>Shopify's customer object, alone or inside an order.</summary>
internal static class ShopifyCustomers
{
    public static Translation Read(JsonFields customer)
    {
        var identifiers = new List<RawIdentifier>();
        AddIdentifiers(identifiers, customer);
        var facts = new List<ICustomerEvent> { Details(customer, default, customer.Require("updated_at", customer.Instant("updated_at") ?? customer.Instant("created_at"))) };
        ShopifyConsents.Add(facts, customer.Child("email_marketing_consent"), undated: null);
        return new Translation.Reports([new Report(identifiers, facts)]);
    }

    public static void AddIdentifiers(List<RawIdentifier> identifiers, JsonFields customer)
    {
        Add(identifiers, IdentifierKind.ShopCustomerId, customer.Id("id"));
        Add(identifiers, IdentifierKind.Email, customer.Text("email"));
        Add(identifiers, IdentifierKind.Phone, customer.Text("phone"));
    }

    public static void Add(List<RawIdentifier> identifiers, IdentifierKind kind, string? value)
    {
        if (value is not null && !identifiers.Contains(new(kind, value)))
            identifiers.Add(new(kind, value));
    }

    /// <summary>
    /// Who the customer is. The customer's own record speaks first, the order or checkout for what it leaves out. Phone numbers of
    /// addresses are left alone: they may be the recipient's.
    /// </summary>
    public static CustomerDetailsLearned Details(JsonFields customer, JsonFields order, DateTimeOffset at)
    {
        var billing = order.Child("billing_address");
        var home = customer.Child("default_address");
        var first = customer.Text("first_name") ?? billing.Text("first_name");
        var last = customer.Text("last_name") ?? billing.Text("last_name");
        return new(
            Email: Personal.Clear(customer.Text("email") ?? order.Text("email") ?? order.Text("contact_email")),
            Phone: Personal.Clear(customer.Text("phone") ?? order.Text("phone")),
            ShopCustomerId: Personal.Clear(customer.Id("id")),
            Visitor: null,
            Handle: null,
            Name: Personal.Clear($"{first} {last}"),
            FirstName: Personal.Clear(first),
            Language: Locales.Language(order.Text("customer_locale") ?? customer.Text("locale")),
            TimeZone: null,
            Country: Locales.Country(billing.Text("country_code")) ?? Locales.Country(home.Text("country_code")) ?? Locales.Country(order.Child("shipping_address").Text("country_code")),
            Relation: null,
            OccurredAt: at);
    }
}
