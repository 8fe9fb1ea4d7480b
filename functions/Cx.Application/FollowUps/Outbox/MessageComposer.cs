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

/// <summary>Composes a queued message for its customer.</summary>
public sealed class MessageComposer(TemplateRenderer renderer, UnsubscribeLinks links, InstallationKeys keys, MessageOptions options)
{
    /// <exception cref="MessageNotComposableException">There is no address to write to, no sender for the channel, or no such template.</exception>
    public EmailMessage Compose(OpenCustomer to, MessageId id)
    {
        var message = to.Customer.Messages.GetValueOrDefault(id) ?? throw new MessageNotComposableException("The customer has no such message.");
        if (message.IsForShop)
        {
            return ComposeAlert(to, id, message);
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
        var pickedUp = About(message).Select(id => to.Customer.Orders.GetValueOrDefault(id)?.Contact?.ForPickUp is true).ToList();
        var (name, firstName) = Recipient.Name(to.Customer, order);
        var rendered = Render(message.Template, message.Language, new(
            to.Shop.Name,
            to.Shop.Languages[0],
            to.Read(firstName),
            string.Join(", ", About(message).Select(id => to.Customer.Orders.GetValueOrDefault(id)?.Number ?? id.Value)),
            [.. About(message).Select(id => to.Customer.Orders.GetValueOrDefault(id)).OfType<Order>()
                .SelectMany(o => o.Lines.Where(l => IsNamed(message, l)).Select(l => new MessageLine(l.Title, o.Remaining(l))).Where(l => l.Quantity > 0))],
            [.. message.Offers.Select(o => new MessageOffer(o.Title, null, o.Kind, o.Of))],
            to.Shop.ReviewUrl,
            scope is null ? null : links.Link(scope).AbsoluteUri,
            pickedUp.Count > 0 && pickedUp.TrueForAll(p => p),
            pickedUp.Distinct().Count() > 1,
            message.Category == Category.Service ? MessageReason.Told
                : to.Customer.FollowUps.GetValueOrDefault(message.FollowUp)?.Subject is { Kind: SubjectKind.Checkout } ? MessageReason.Agreed
                : MessageReason.Bought,
            to.Shop.ServiceContact,
            to.Shop.Website)
        {
            PostalAddress = to.Shop.PostalAddress,
        });
        return new(
            id.Value, options.FromAddress, PlainLine.Of(options.FromName ?? to.Shop.Name), address, PlainLine.Of(to.Read(name) ?? ""),
            rendered.Subject, rendered.Text, rendered.Html, scope is null ? new Dictionary<string, string>() : links.Headers(scope));
    }

    /// <summary>An alert to the shop: ids of the customer and of the conversation, and nothing that is personal.</summary>
    private EmailMessage ComposeAlert(OpenCustomer to, MessageId id, Message message)
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
        var rendered = Render(message.Template, message.Language, new(to.Shop.Name, to.Shop.Languages[0], null, "", [], [], null, null)
        {
            Alert = new(channel, Local(askedAt), Local(answerBy), to.Customer.Id, conversation, record),
        });
        return new(id.Value, options.FromAddress, PlainLine.Of(options.FromName ?? to.Shop.Name), address, "", rendered.Subject, rendered.Text, rendered.Html, new Dictionary<string, string>())
        {
            Alert = new(url, to.Shop.Id, to.Customer.Id, conversation, channel, askedAt, answerBy, record),
        };

        DateTimeOffset Local(DateTimeOffset at) => Instant.FromDateTimeOffset(at).InZone(zone).ToDateTimeOffset();
    }

    // A request for a review names what it asks about.
    private static bool IsNamed(Message message, OrderLine line) => message.Items is not { } items || (line.Product is { } product ? items.Contains(product) : line.Kind != LineKind.GiftCard);

    private static IEnumerable<OrderId> About(Message message) => [.. message.Order is { } order ? [order] : Array.Empty<OrderId>(), .. message.Together ?? []];

    private Rendered Render(string template, string language, MessageModel model)
    {
        try
        {
            return renderer.Render(template, language, model);
        }
        catch (Exception e) when (e is TemplateMissingException or TemplateFailedException)
        {
            throw new MessageNotComposableException(e.Message);
        }
    }
}
