using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Application.FollowUps.Templates;

/// <summary>Renders a template as a message would be, for those who write it. Nothing is stored or sent.</summary>
public sealed class TemplatePreview(TemplateDirectory templates, TemplateRenderer renderer, OfferLookup offers, TimeProvider clock)
{
    private const string Step = "preview";

    /// <param name="language">BCP 47; none: the customer's, else the shop's first.</param>
    /// <param name="customer">Whose latest order it is about; none: a sample.</param>
    /// <param name="draft">What is not saved yet; none: the template as it is.</param>
    /// <param name="unsubscribeUrl">None: it is transactional.</param>
    /// <exception cref="ApiProblem">404: no language has it. 422: it cannot be rendered with these values.</exception>
    public async Task<Rendered> Render(
        ShopFacts shop, string template, string? language, OpenCustomer? customer, TemplateText? draft, string? unsubscribeUrl, CancellationToken ct)
    {
        var asked = language ?? (customer is { } c ? Recipient.Language(c.Customer, LatestOrder(c.Customer), shop) : shop.Languages[0]);
        var chosen = draft is null
            ? await templates.Choose(shop, template, asked, ct) ?? throw TemplateHandlers.Unknown(template)
            : new ChosenTemplate(shop.Id, template, asked.ToLowerInvariant(), 0, draft);
        var model = customer is null
            ? SampleMessage.Of(shop, MessageTemplates.ToShop.Contains(template), clock.GetUtcNow()) with { UnsubscribeUrl = unsubscribeUrl }
            : MessageComposer.Model(customer, await Message(customer, template, unsubscribeUrl is not null, ct), unsubscribeUrl);
        try
        {
            return renderer.Render(chosen, model);
        }
        catch (TemplateFailedException e)
        {
            throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "template-fails", e.Message);
        }
    }

    // As a step would queue it now, about the latest order.
    private async Task<Message> Message(OpenCustomer to, string template, bool isMarketing, CancellationToken ct)
    {
        var (customer, at) = (to.Customer, clock.GetUtcNow());
        return new(
            new(Step), Step, Channel.Email, isMarketing ? Category.Marketing : Category.Transactional, template, "",
            LatestOrder(customer) is { } order ? customer.Orders.First(o => o.Value == order).Key : null, await offers(to.Shop.Id, customer, ct), MessageStatus.Queued, at, 0, null,
            Resendable: false, null);
    }

    private static Order? LatestOrder(Customer customer) => customer.Orders.Values.Where(o => o.IsTaken).MaxBy(o => o.PlacedAt);
}

/// <summary>A message of nobody: every value is invented.</summary>
internal static class SampleMessage
{
    /// <summary>Where its unsubscribe link leads: nowhere.</summary>
    public const string UnsubscribeUrl = "https://unsubscribe.example/u/sample";

    /// <summary>With every field that a message to a customer, or an alert to the shop, may have.</summary>
    public static MessageModel Of(ShopFacts shop, bool isAlert, DateTimeOffset now)
    {
        var local = Instant.FromDateTimeOffset(now).InZone(ShopZone.Of(shop.TimeZone)).ToDateTimeOffset();
        return isAlert
            ? new(shop.Name, shop.Languages[0], null, "", [], [], null, null)
            {
                Alert = new(Channel.Web, local.AddHours(-5), local.AddHours(3), new("sample"), new("sample"), "https://shop.example/customers/sample"),
            }
            : new(
                shop.Name, shop.Languages[0], "Alex", "#1001", [new("Moka 3 cups", 1, new Money(24.90m, "EUR")), new("Espresso beans & more", 2.5m, new Money(9.50m, "EUR"))],
                [
                    new("Milk frother", "https://shop.example/p/1", OfferKind.CoPurchase, "Moka 3 cups"),
                    new("Ground coffee", "https://shop.example/p/2", OfferKind.Category, "Espresso beans & more"),
                    new("Two cups", null, OfferKind.BestSeller),
                ],
                shop.ReviewUrl ?? "https://shop.example/reviews", UnsubscribeUrl, ServiceContact: shop.ServiceContact ?? "Kim", Website: shop.Website ?? "https://shop.example")
            {
                OrderedAt = local.AddDays(-9),
                Total = new Money(48.65m, "EUR"),
            };
    }

    /// <summary>With nothing that may be missing: no name, no order, no link but the one to unsubscribe.</summary>
    public static MessageModel Least(ShopFacts shop) => new(shop.Name, shop.Languages[0], null, "", [], [], null, UnsubscribeUrl);
}
