using System.Text;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Unsubscribing;

/// <summary>The two requests behind an unsubscribe link. Neither authenticates: the link is enough (RFC 8058 §3.2).</summary>
public static class UnsubscribeHandlers
{
    private static readonly Command Clicked = new("unsubscribe", "unsubscribe", "unsubscribe") { Reads = StateQuery.Open };

    public static async Task<IResult> Ask(string token, HttpContext http, UnsubscribeLinks links, ICustomerReader customers, ShopDirectory shops, CancellationToken ct) =>
        links.TryRead(token) is { IsTest: true } test ? await TestPage(test, http, shops, ct)
        : links.TryRead(token) is { } scope && await Reader(scope, customers, shops, ct) is var (language, shop)
            ? Page(http, StatusCodes.Status200OK, UnsubscribePage.Ask(language, shop))
            : InvalidLink(http);

    /// <summary>The address is the whole request: the body is not read.</summary>
    public static async Task<IResult> Unsubscribe(
        string token, HttpContext http, UnsubscribeLinks links, IEventStore store, ICustomerReader customers, ShopDirectory shops, CancellationToken ct)
    {
        if (links.TryRead(token) is { IsTest: true } test)
        {
            return await TestPage(test, http, shops, ct);
        }

        if (links.TryRead(token) is not { } scope || Consent(scope) is not var (channel, purpose) || await Reader(scope, customers, shops, ct) is not var (language, shop))
        {
            return InvalidLink(http);
        }

        try
        {
            var command = Clicked with { Bar = scope.Address is { } address && KindOf(channel) is { } kind ? new(kind, address, purpose) : null };
            await store.Transact(new(scope.Shop), new CustomerRef.ById(new(scope.Customer)), command, Withdraw(channel, purpose), ct);
        }
        catch (UnknownCustomerException)
        {
            // The customer does not exist any more, so no message can reach them.
        }

        return Page(http, StatusCodes.Status200OK, UnsubscribePage.Done(language, shop));
    }

    // A second click changes nothing of the person's.
    private static Decide Withdraw(Channel channel, Purpose purpose) => (customer, s) =>
        customer.Consents.GetValueOrDefault(ConsentKey.Of(channel, purpose)) is { Given: false, Source: var by } && by == Clicked.Source
            ? []
            : Recording.Decide(customer, s, [new ConsentWithdrawn(channel, purpose, Clicked.Source, s.At)]);

    private static IdentifierKind? KindOf(Channel channel) => TransactionWrites.KindsOf(channel) is [var kind, ..] ? (IdentifierKind)kind : null;

    private static (Channel, Purpose)? Consent(UnsubscribeScope scope) =>
        Enum.GetValues<Channel>().Where(c => JsonNaming.Kebab(c) == scope.Channel).Select(c => (Channel?)c).FirstOrDefault() is { } channel
        && Enum.GetValues<Purpose>().Where(p => JsonNaming.Kebab(p) == scope.Purpose).Select(p => (Purpose?)p).FirstOrDefault() is { } purpose
            ? (channel, purpose)
            : null;

    private static async Task<(string Language, string Shop)?> Reader(UnsubscribeScope scope, ICustomerReader customers, ShopDirectory shops, CancellationToken ct)
    {
        using var customer = await customers.Open(new(scope.Shop), new(scope.Customer), StateQuery.Open, ct);
        return customer is not null ? (Recipient.Language(customer.Customer, order: null, customer.Shop), customer.Shop.Name)
            : await shops.Get(new ShopId(scope.Shop), ct) is { } shop ? (shop.Languages[0], shop.Name)
            : null;
    }

    private static async Task<IResult> TestPage(UnsubscribeScope test, HttpContext http, ShopDirectory shops, CancellationToken ct) =>
        await shops.Get(new ShopId(test.Shop), ct) is { } shop ? Page(http, StatusCodes.Status200OK, UnsubscribePage.Test(shop.Languages[0], shop.Name)) : InvalidLink(http);

    private static IResult InvalidLink(HttpContext http) =>
        Page(http, StatusCodes.Status404NotFound, UnsubscribePage.Invalid(http.Request.GetTypedHeaders().AcceptLanguage.FirstOrDefault()?.Value.Value));

    private static IResult Page(HttpContext http, int status, string page)
    {
        foreach (var (name, value) in UnsubscribePage.ResponseHeaders)
        {
            http.Response.Headers[name] = value;
        }

        return Results.Text(page, "text/html", Encoding.UTF8, status);
    }
}
