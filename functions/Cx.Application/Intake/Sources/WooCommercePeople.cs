using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Privacy;

namespace Cx.Application.Intake.Sources;

/// <summary>What WooCommerce's payloads say of people: records, and the details and contact on an order.</summary>
internal static class WooCommercePeople
{
    // What WordPress writes in the place of a text that it erases.
    private const string ErasedText = "[deleted]";

    // WPML, Polylang (two versions, and the field that it adds to the order itself), TranslatePress and Weglot. WPML calls no language in particular "all".
    private static readonly string[] LanguageKeys = ["wpml_language", "pll_language", "_order_language", "lang", "trp_language", "weglot_language"];

    /// <summary>A customer's record.</summary>
    public static Translation Customer(JsonFields customer)
    {
        WooCommerceTranslation.Recognise(customer, "customer");
        var id = customer.Require("id", customer.Id("id"));
        var email = Email(customer) ?? Email(customer.Child("billing"));
        var at = customer.Require("date_modified_gmt", customer.UtcInstant("date_modified_gmt") ?? customer.UtcInstant("date_created_gmt"));
        var details = Details(id, email, customer, at);
        return new Translation.Reports([new Report(IdentifiersOf(id, email, customer), Cleared(customer, details) is { Length: > 0 } cleared
            ? [details, new CustomerDetailsCleared(cleared, at)]
            : [details])]);
    }

    /// <summary>
    /// A billing phone is whatever was typed: it identifies a customer only where its country is known, since the same national number exists in
    /// several countries.
    /// </summary>
    /// <param name="holder">The order or the customer.</param>
    public static List<RawIdentifier> IdentifiersOf(string? customerId, string? email, JsonFields holder)
    {
        var identifiers = new List<RawIdentifier>(4);
        if (customerId is not null)
            identifiers.Add(new(IdentifierKind.ShopCustomerId, customerId));
        if (email is not null)
            identifiers.Add(new(IdentifierKind.Email, email));
        if (Phone(holder.Child("billing")) is { } phone)
            identifiers.Add(new(IdentifierKind.Phone, phone, AddressOf(holder).Country, NeedsCountry: true));

        return identifiers;
    }

    /// <param name="holder">The order or the customer, whose own name goes before that of its billing address.</param>
    public static CustomerDetailsLearned Details(string? customerId, string? email, JsonFields holder, DateTimeOffset at)
    {
        var billing = holder.Child("billing");
        var first = Name(holder, "first_name") ?? Name(billing, "first_name");
        return new(
            Personal.Clear(email), Personal.Clear(Phone(billing)), Personal.Clear(customerId), Visitor: null, Handle: null,
            Name: Personal.Clear($"{first} {Name(holder, "last_name") ?? Name(billing, "last_name")}"), FirstName: Personal.Clear(first),
            Language: null, TimeZone: null, AddressOf(holder).Country, Relation: null, at);
    }

    /// <summary>The contact that the order was given with: what was typed at the checkout is the only record of the buyer that it has.</summary>
    public static OrderContactGiven Contact(OrderId id, JsonFields order, DateTimeOffset revision)
    {
        var billing = order.Child("billing");
        var email = Personal.Clear(Email(billing));
        var (country, address) = AddressOf(order);
        return new(
            id, email, OwnEmail: email, Personal.Clear(Phone(billing)), Personal.Clear($"{Name(billing, "first_name")} {Name(billing, "last_name")}"),
            Personal.Clear(Name(billing, "first_name")), LanguageOf(order), country,
            Locales.Province(address.Optional("state")), Personal.Clear(address.Optional("postcode")), revision)
        {
            PostcodeZones = PlaceZones.OfPostcode(country, address.Optional("postcode")),
            ForPickUp = IsForPickUp(order) ? true : null,
            HasNoEmail = email is null && (billing.IsEmptied("email") || billing.Text("email") is not null) ? true : null,
        };
    }

    /// <summary>The language of the checkout, by the plug-in that translates the shop: WooCommerce itself has none.</summary>
    public static string? LanguageOf(JsonFields order) =>
        (from key in LanguageKeys
         from meta in order.OptionalItems("meta_data")
         where meta.Optional("key") == key
         select meta.Optional("value")).Append(order.Optional("lang"))
        .Select(Locales.Language).FirstOrDefault(language => language is not null and not "all");

    /// <summary>An e-mail address; none in the domain that holds none (RFC 6761, section 6.4): WordPress writes one there in the place of one that it erases.</summary>
    public static string? Email(JsonFields holder) =>
        holder.Text("email") is { } email && !email.TrimEnd().EndsWith(".invalid", StringComparison.OrdinalIgnoreCase) ? email : null;

    // The address that it is billed to, else sent to, where that one alone says the country.
    private static (string? Country, JsonFields Address) AddressOf(JsonFields holder)
    {
        var (billing, shipping) = (holder.Child("billing"), holder.OptionalChild("shipping"));
        return Locales.WrittenCountry(billing.Text("country")) is { } country ? (country, billing) : (Locales.WrittenCountry(shipping.Optional("country")), shipping);
    }

    // Of a number that it erases WordPress leaves zeros.
    private static string? Phone(JsonFields billing) => billing.Text("phone") is { } phone && phone.Any(c => c is >= '1' and <= '9') ? phone : null;

    private static string? Name(JsonFields holder, string name) => holder.Text(name) is { } text and not ErasedText ? text : null;

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

    // The method of the classic checkout, and that of the one made of blocks.
    private static bool IsForPickUp(JsonFields order)
    {
        var methods = order.OptionalItems("shipping_lines").Select(l => l.Optional("method_id") ?? "").ToList();
        return methods.Count > 0 && methods.TrueForAll(m => m.StartsWith("local_pickup", StringComparison.Ordinal) || m.StartsWith("pickup_location", StringComparison.Ordinal));
    }
}
