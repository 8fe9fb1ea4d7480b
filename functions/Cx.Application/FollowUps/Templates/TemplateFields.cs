using System.Globalization;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Templates;

/// <summary>What a field holds. A flag is true or false, an instant and money are shown by helpers, a link is an address of https or http.</summary>
public enum FieldType { Text, Number, Flag, Instant, Money, Link, Object, List }

/// <summary>A field that templates may name.</summary>
/// <param name="IsOptional">Whether it may be missing: it shows nothing then, and <c>{{#if}}</c> takes the other way.</param>
/// <param name="Of">The fields of an object, or of each item of a list; none of any other.</param>
public sealed record TemplateField(string Name, FieldType Type, string Description, bool IsOptional = false, IReadOnlyList<TemplateField>? Of = null);

/// <summary>Every field that templates may name, and the values of a message for them: a template reads these and nothing else.</summary>
public static class TemplateFields
{
    private static readonly TemplateField[] Amount =
    [
        new("amount", FieldType.Number, "The amount, in the unit of the currency."),
        new("currency", FieldType.Text, "ISO 4217."),
    ];

    public static IReadOnlyList<TemplateField> All { get; } =
    [
        new("language", FieldType.Text, "The language of the template that is shown, BCP 47."),
        new("shopName", FieldType.Text, "The shop's name."),
        new("firstName", FieldType.Text, "The customer's first name.", IsOptional: true),
        new("orderNumber", FieldType.Text, "The order's number as the customer knows it; of several orders, all; empty where it is about no order."),
        new("orderedAt", FieldType.Instant, "When the order was placed, in the recipient's time zone.", IsOptional: true),
        new("total", FieldType.Money, "What the order came to; of one order alone.", IsOptional: true, Amount),
        new("itemCount", FieldType.Number, "How many items the lines have together."),
        new("lines", FieldType.List, "What was bought and neither cancelled nor given back.", Of:
        [
            new("title", FieldType.Text, "The product's title."),
            new("quantity", FieldType.Number, "How many, or how much."),
            new("price", FieldType.Money, "Of one.", IsOptional: true, Amount),
        ]),
        new("forPickUp", FieldType.Flag, "The customer picks the order up in the shop; of several, all."),
        new("partlyForPickUp", FieldType.Flag, "Of several orders, some are picked up and some are not."),
        new("offers", FieldType.List, "Related products; empty but in offers.", Of:
        [
            new("title", FieldType.Text, "The product's title."),
            new("url", FieldType.Link, "The product's page.", IsOptional: true),
            new("hasReason", FieldType.Flag, "One of the three below says why it is offered."),
            new("together", FieldType.Flag, "It is often bought together with the product that 'of' names."),
            new("sameCategory", FieldType.Flag, "It is of the category of the product that 'of' names."),
            new("bestSeller", FieldType.Flag, "Many customers buy it."),
            new("of", FieldType.Text, "The product that it is related to; may be empty."),
        ]),
        new("reviewUrl", FieldType.Link, "Where a review is written; without it, ask for an answer.", IsOptional: true),
        new("unsubscribeUrl", FieldType.Link, "Ends these messages with one click; there in every message of marketing and service.", IsOptional: true),
        new("told", FieldType.Flag, "It is written because the customer told the shop something."),
        new("agreed", FieldType.Flag, "It is written because the customer agreed to it, without an order."),
        new("serviceContact", FieldType.Text, "Who signs an apology; empty: the shop's customer service."),
        new("website", FieldType.Link, "The shop's site.", IsOptional: true),
        new("postalAddress", FieldType.Text, "The shop's postal address; may be empty."),
        new("alert", FieldType.Object, "In alerts to the shop alone: the question that waits for an answer.", IsOptional: true,
        [
            new("channel", FieldType.Text, "By which channel it came."),
            new("askedAt", FieldType.Text, "When, in the shop's time zone."),
            new("answerBy", FieldType.Text, "Until when it is to be answered, in the shop's time zone."),
            new("customer", FieldType.Text, "The customer's id."),
            new("conversation", FieldType.Text, "The conversation's id."),
            new("url", FieldType.Link, "The customer's record.", IsOptional: true),
        ]),
    ];

    /// <summary>What partials may be given: <c>{{#> layout title="…"}}</c>. One that is not given is missing.</summary>
    public static IReadOnlyList<string> PartialOptions { get; } = ["title", "preheader", "heading", "url", "text", "label", "value"];

    /// <summary>The values of a message, made safe for any part of it: plain text of one line.</summary>
    internal static TemplateObject Values(MessageModel model, string language, RenderBudget budget)
    {
        return Object(
        [
            .. PartialOptions.Select(o => (o, (object?)null)),
            ("language", language), ("shopName", PlainLine.Of(model.ShopName)), ("firstName", PersonNames.Greeting(model.CustomerFirstName)),
            ("orderNumber", PlainLine.Of(model.OrderNumber)), ("orderedAt", model.OrderedAt?.ToString("O", CultureInfo.InvariantCulture)), ("total", Money(model.Total)),
            ("itemCount", Plain(model.Lines.Sum(l => l.Quantity))),
            ("lines", List(model.Lines.Select(l => Object(("title", PlainLine.Of(l.Title)), ("quantity", Plain(l.Quantity)), ("price", Money(l.Price)))))),
            ("forPickUp", model.IsForPickUp), ("partlyForPickUp", model.IsPartlyForPickUp), ("offers", List(model.Offers.Select(Offer))),
            ("reviewUrl", Link(model.ReviewUrl)), ("unsubscribeUrl", Link(model.UnsubscribeUrl)),
            ("told", model.Why == MessageReason.Told), ("agreed", model.Why == MessageReason.Agreed), ("serviceContact", PlainLine.Of(model.ServiceContact ?? "")),
            ("website", Link(model.Website)), ("postalAddress", PlainLine.Of(model.PostalAddress ?? "")), ("alert", model.Alert is { } alert ? Alert(alert) : null),
        ]);

        TemplateObject Object(params (string Name, object? Value)[] values) => new(budget, values.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal));

        TemplateList List(IEnumerable<TemplateObject> items) => new(budget, [.. items]);

        TemplateObject? Money(Money? money) => money is { } m ? Object(("amount", Plain(m.Amount)), ("currency", m.Currency)) : null;

        TemplateObject Offer(MessageOffer offer)
        {
            var of = PlainLine.Of(offer.Of ?? "");
            var together = offer.Kind is OfferKind.CoPurchase && of.Length > 0;
            var sameCategory = offer.Kind is OfferKind.Category && of.Length > 0;
            var bestSeller = offer.Kind is OfferKind.BestSeller;
            return Object(
                ("title", PlainLine.Of(offer.Title)), ("url", Link(offer.Url)), ("hasReason", together || sameCategory || bestSeller), ("together", together),
                ("sameCategory", sameCategory), ("bestSeller", bestSeller), ("of", of));
        }

        TemplateObject Alert(MessageAlert alert) => Object(
            ("channel", ChannelName(alert.Channel, language)), ("askedAt", Written(alert.AskedAt, language)), ("answerBy", Written(alert.AnswerBy, language)),
            ("customer", PlainLine.Of(alert.Customer.Value)), ("conversation", PlainLine.Of(alert.Conversation.Value)), ("url", Link(alert.Url)));
    }

    private static string ChannelName(Channel channel, string language) => (channel, language) switch
    {
        (Channel.Web, "it") => "sito",
        (Channel.Phone, "it") => "telefono",
        (Channel.InPerson, "it") => "di persona",
        (Channel.Social, "it") => "social",
        (Channel.Messaging, "it") => "messaggi",
        (Channel.Post, "it") => "posta",
        (Channel.Email, _) => "e-mail",
        _ => JsonNaming.Kebab(channel).Replace('-', ' '),
    };

    private static string Written(DateTimeOffset at, string language) => at.ToString("g", CultureInfo.GetCultureInfo(language));

    // Three decimals at most, and no zeros at the end: 2, not 2.00.
    private static object Plain(decimal number) => Math.Round(number, 3) / 1.0000000000000000000000000000m;

    private static string? Link(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) ? uri.AbsoluteUri : null;
}
