using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Places;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>Where, in which time zones and in which language a customer is written to.</summary>
public static class Recipient
{
    /// <summary>
    /// The address on a channel, sealed: that of the order, else the customer's; none where none is known, or the order is said to have none, or the
    /// customer's record has lost it since, or the channel needs none.
    /// </summary>
    /// <param name="order">What is written about; none where it is no order.</param>
    public static Personal? Address(Customer customer, Order? order, Channel channel) => channel switch
    {
        Channel.Email when order?.Contact is { Email: { } email } contact =>
            email == contact.OwnEmail && IsCleared(customer, DetailsField.Email, order) && email != customer.Details.Email ? null : email,
        Channel.Email when order?.Contact is { HasNoEmail: true } => null,
        Channel.Phone or Channel.Messaging when order?.Contact?.Phone is { } phone =>
            IsCleared(customer, DetailsField.Phone, order) && phone != customer.Details.Phone ? null : phone,
        Channel.Email => customer.Details.Email,
        Channel.Phone or Channel.Messaging => customer.Details.Phone,
        Channel.Social => customer.Details.Handle,
        _ => null,
    };

    /// <summary>The customer's address that a message goes to, sealed; none where none is known, it goes to the shop, or the customer has no such message.</summary>
    public static Personal? Address(Customer customer, MessageId message) =>
        customer.Messages.GetValueOrDefault(message) is { IsForShop: false } m ? Address(customer, m.Order is { } order ? customer.Orders.GetValueOrDefault(order) : null, m.Channel) : null;

    /// <summary>The name and the first name, sealed: those of the order, else the customer's, unless the order goes to somebody else's address.</summary>
    /// <param name="order">What is written about; none where it is no order.</param>
    public static (Personal? Name, Personal? FirstName) Name(Customer customer, Order? order) =>
        order?.Contact is { } contact && (contact.Name is not null || contact.FirstName is not null || (contact.Email is not null && contact.Email != customer.Details.Email))
            ? (contact.Name, contact.FirstName)
            : (customer.Details.Name, customer.Details.FirstName);

    // An order of before the record lost the value was given with that value.
    private static bool IsCleared(Customer customer, DetailsField field, Order order) => DetailsFold.ClearedAt(customer.Details, field) >= order.PlacedAt;

    /// <summary>
    /// The time zones in which the recipient may be: by the address of the order; by the zone stated of the customer where there is no such address, or the
    /// address may lie in that zone; by the customer's country; else the shop's zone.
    /// </summary>
    /// <param name="order">What is written about; none where it is no order.</param>
    public static RecipientZones Zones(Customer customer, Order? order, ShopFacts shop)
    {
        var stated = customer.Details.TimeZone is { } name ? ShopZone.Find(name) : null;
        var ofOrder = order?.Contact is { } contact ? PlaceZones.Of(contact.Country, contact.Province, contact.PostcodeZones) : [];
        return stated is not null && (ofOrder.IsEmpty || PlaceZones.Has(ofOrder, stated)) ? new([stated], "stated of the customer")
            : !ofOrder.IsEmpty ? new(ofOrder, "by the order's address")
            : PlaceZones.Of(customer.Details.Country, province: null, ofPostcode: null) is { IsEmpty: false } ofCustomer ? new(ofCustomer, "by the customer's country")
            : Zones(shop);
    }

    /// <summary>The time zone of the shop itself.</summary>
    public static RecipientZones Zones(ShopFacts shop) => new([ShopZone.Of(shop.TimeZone)], "the shop's");

    /// <summary>
    /// The language of the order, else of the customer, else the only one that the shop writes and that is official in the order's country; where the
    /// shop does not write it, the shop's first; BCP 47.
    /// </summary>
    /// <param name="order">What is written about; none where it is no order.</param>
    public static string Language(Customer customer, Order? order, ShopFacts shop)
    {
        var spoken = order?.Contact?.Language ?? customer.Details.Language;
        var understood = spoken is null ? CountryLanguages.Of(order?.Contact?.Country) : [spoken];
        return understood.Select(l => Written(l, shop)).OfType<string>().Distinct(StringComparer.Ordinal).ToList() is [var only] ? only : shop.Languages[0];
    }

    private static string? Written(string language, ShopFacts shop) =>
        shop.Languages.FirstOrDefault(l => string.Equals(l, language, StringComparison.OrdinalIgnoreCase))
        ?? shop.Languages.FirstOrDefault(l => string.Equals(Primary(l), Primary(language), StringComparison.OrdinalIgnoreCase));

    private static string Primary(string tag) => tag.Split('-', '_')[0];
}
