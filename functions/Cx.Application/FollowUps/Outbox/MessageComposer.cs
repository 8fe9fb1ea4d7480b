using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Templates;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>The message cannot be composed; the reason holds nothing personal.</summary>
public sealed class MessageNotComposableException(string reason) : Exception(reason);

/// <summary>Composes a queued message for its customer, from the template as it is when it is handed over.</summary>
public sealed class MessageComposer(TemplateRenderer renderer, TemplateDirectory templates, UnsubscribeLinks links, InstallationKeys keys, MessageOptions options)
{
    /// <exception cref="MessageNotComposableException">There is no address to write to, no sender for the channel, no such template, or it cannot be rendered.</exception>
    public async Task<EmailMessage> Compose(OpenCustomer to, MessageId id, CancellationToken ct)
    {
        var message = to.Customer.Messages.GetValueOrDefault(id) ?? throw new MessageNotComposableException("The customer has no such message.");
        if (message.IsForShop)
        {
            return await ComposeAlert(to, id, message, ct);
        }

        if (message.Channel != Channel.Email)
        {
            throw new MessageNotComposableException($"No sender serves the channel {JsonNaming.Kebab(message.Channel)}.");
        }

        var order = message.Order is { } number ? to.Customer.Orders.GetValueOrDefault(number) : null;
        var address = to.Read(Recipient.Address(to.Customer, order, message.Channel)) ?? throw new MessageNotComposableException("No e-mail address is known.");
        var purpose = message.Category == Category.Service ? Purpose.Service : Purpose.Marketing;
        var scope = message.Category == Category.Transactional
            ? null
            : new UnsubscribeScope(to.Shop.Id.Value, to.By.Value, JsonNaming.Kebab(message.Channel), JsonNaming.Kebab(purpose), Identification.Hashes(keys, to.Shop, IdentifierKind.Email, address, country: null) is [var hash, ..] ? hash : null);
        var model = Model(to, message, scope is null ? null : links.Link(scope).AbsoluteUri);
        var rendered = await Render(to, message, model, ct);
        if (message.Category == Category.Marketing && TemplateLint.PartsWithoutUnsubscribe(rendered, model.UnsubscribeUrl!) is [var part, ..])
        {
            throw new MessageNotComposableException($"It is marketing, and the {part} of its template shows no link to unsubscribe.");
        }

        return new(
            id.Value, options.FromAddress, PlainLine.Of(options.FromName ?? to.Shop.Name), address, PlainLine.Of(to.Read(Recipient.Name(to.Customer, order).Name) ?? ""),
            rendered.Subject, rendered.Text, rendered.Html, scope is null ? new Dictionary<string, string>() : links.Headers(scope))
        {
            Template = Used(rendered),
        };
    }

    /// <summary>What a message to its customer may say.</summary>
    /// <param name="unsubscribeUrl">None: it is transactional.</param>
    internal static MessageModel Model(OpenCustomer to, Message message, string? unsubscribeUrl)
    {
        var about = About(message).ToList();
        var order = message.Order is { } number ? to.Customer.Orders.GetValueOrDefault(number) : null;
        var orders = about.Select(id => to.Customer.Orders.GetValueOrDefault(id)).OfType<Order>().ToList();
        var pickedUp = about.Select(id => to.Customer.Orders.GetValueOrDefault(id)?.Contact?.ForPickUp is true).ToList();
        var zone = Recipient.Zones(to.Customer, order, to.Shop).Main;
        return new(
            to.Shop.Name,
            to.Shop.Languages[0],
            to.Read(Recipient.Name(to.Customer, order).FirstName),
            string.Join(", ", about.Select(id => to.Customer.Orders.GetValueOrDefault(id)?.Number ?? id.Value)),
            [.. orders.SelectMany(o => o.Lines.Where(l => IsNamed(message, l)).Select(l => new MessageLine(l.Title, o.Remaining(l), o.Total is { } total ? total with { Amount = l.Price } : null)).Where(l => l.Quantity > 0))],
            [.. message.Offers.Select(o => new MessageOffer(o.Title, null, o.Kind, o.Of))],
            to.Shop.ReviewUrl,
            unsubscribeUrl,
            pickedUp.Count > 0 && pickedUp.TrueForAll(p => p),
            pickedUp.Distinct().Count() > 1,
            message.Category == Category.Service ? MessageReason.Told
                : to.Customer.FollowUps.GetValueOrDefault(message.FollowUp)?.Subject is { Kind: SubjectKind.Checkout } ? MessageReason.Agreed
                : MessageReason.Bought,
            to.Shop.ServiceContact,
            to.Shop.Website)
        {
            PostalAddress = to.Shop.PostalAddress,
            OrderedAt = about.Count == 1 && order?.PlacedAt is { } placed ? Local(placed, zone) : null,
            Total = about.Count == 1 ? order?.Total : null,
        };
    }

    /// <summary>An alert to the shop: ids of the customer and of the conversation, and nothing that is personal.</summary>
    private async Task<EmailMessage> ComposeAlert(OpenCustomer to, MessageId id, Message message, CancellationToken ct)
    {
        var subject = to.Customer.FollowUps.GetValueOrDefault(message.FollowUp)?.Subject;
        if (subject is null || Deadlines.Of(to.Customer, subject, 1, to.Shop) is not { } answerBy || SubjectFacts.AskedAt(to.Customer, subject) is not { } askedAt)
        {
            throw new MessageNotComposableException("The question is not known any more.");
        }

        var (conversation, url) = (new ConversationId(subject.Id), message.Channel == Channel.Email ? null : to.Shop.AlertUrl);
        var address = url is not null ? "" : to.Shop.AlertEmail ?? throw new MessageNotComposableException("The shop has no address for alerts.");
        var path = Routes.Customer.Replace("{shop}", to.Shop.Id.Value, StringComparison.Ordinal).Replace("{customer}", to.Customer.Id.Value, StringComparison.Ordinal);
        var record = $"{links.Base}/{path}";
        var channel = to.Customer.Conversations[conversation].QuestionAt(askedAt).Channel;
        var zone = ShopZone.Of(to.Shop.TimeZone);
        var rendered = await Render(to, message, new(to.Shop.Name, to.Shop.Languages[0], null, "", [], [], null, null)
        {
            Alert = new(channel, Local(askedAt, zone), Local(answerBy, zone), to.Customer.Id, conversation, record),
        }, ct);
        return new(id.Value, options.FromAddress, PlainLine.Of(options.FromName ?? to.Shop.Name), address, "", rendered.Subject, rendered.Text, rendered.Html, new Dictionary<string, string>())
        {
            Alert = new(url, to.Shop.Id, to.Customer.Id, conversation, channel, askedAt, answerBy, record),
            Template = Used(rendered),
        };
    }

    private static UsedTemplate Used(Rendered rendered) => new(rendered.Language, rendered.Number, rendered.TemplateVersion);

    private static DateTimeOffset Local(DateTimeOffset at, DateTimeZone zone) => Instant.FromDateTimeOffset(at).InZone(zone).ToDateTimeOffset();

    // A request for a review names what it asks about.
    private static bool IsNamed(Message message, OrderLine line) => message.Items is not { } items || (line.Product is { } product ? items.Contains(product) : line.Kind != LineKind.GiftCard);

    private static IEnumerable<OrderId> About(Message message) => [.. message.Order is { } order ? [order] : Array.Empty<OrderId>(), .. message.Together ?? []];

    private async Task<Rendered> Render(OpenCustomer to, Message message, MessageModel model, CancellationToken ct)
    {
        var template = await templates.Choose(to.Shop, message.Template, message.Language, ct) ?? throw new MessageNotComposableException($"There is no template '{message.Template}'.");
        try
        {
            return renderer.Render(template, model);
        }
        catch (TemplateFailedException e)
        {
            throw new MessageNotComposableException(e.Message);
        }
    }
}
