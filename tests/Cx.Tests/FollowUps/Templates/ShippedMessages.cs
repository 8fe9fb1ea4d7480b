using Cx.Application.FollowUps.Templates;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>Every shipped message with values that are hard to show: all that is optional, and a word that is wider than a phone.</summary>
internal static class ShippedMessages
{
    public const string ShopName = "Bottega Verde & Figli";

    public const string LongTitle = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

    private static readonly TemplateRenderer Renderer = new();

    private static readonly DateTimeOffset Asked = new(2026, 3, 2, 17, 0, 0, TimeSpan.FromHours(1));

    private static readonly MessageModel ToCustomer = new(
        ShopName, "it", "Zoë", "#1001",
        [new("Moka per tre tazze, alluminio", 2), new(LongTitle, 1), new("Tazza “Roma”", 1.5m)],
        [new("Caffè in grani", "https://shop.example/p/1?a=1&b=2", OfferKind.CoPurchase, "Moka per tre tazze"), new(LongTitle, null, OfferKind.BestSeller)],
        "https://shop.example/review?o=1001&t=x", "https://cx.example/u/token", ServiceContact: "Giulia", Website: "https://shop.example/")
    {
        PostalAddress = "Via Garibaldi 12, 06012 Città di Castello (PG), Italia",
        Total = new Money(65.9m, "EUR"),
    };

    private static readonly MessageModel ToShop = new(ShopName, "it", null, "", [], [], null, null)
    {
        Alert = new(
            Channel.Email, Asked, Asked.AddHours(19), new("c-01JD0ABCDEF0123456789ABCDE"), new("h1.t"),
            "https://cx.example/api/shops/bottega/customers/c-01JD0ABCDEF0123456789ABCDE"),
    };

    public static TheoryData<string, string> Names()
    {
        var data = new TheoryData<string, string>();
        foreach (var template in MessageTemplates.ToCustomers.Concat(MessageTemplates.ToShop))
        {
            data.Add(template, "it");
            data.Add(template, "en");
        }

        return data;
    }

    public static Rendered Render(string template, string language, Func<MessageModel, MessageModel>? change = null)
    {
        var model = MessageTemplates.ToShop.Contains(template) ? ToShop : template == MessageTemplates.ThankYou ? ToCustomer with { UnsubscribeUrl = null } : ToCustomer;
        return Renderer.Render(template, language, change?.Invoke(model) ?? model);
    }
}
