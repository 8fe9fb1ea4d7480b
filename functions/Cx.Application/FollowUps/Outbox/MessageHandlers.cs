using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Explanations;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>One message.</summary>
/// <param name="Variant">Which variant of its step it is; none where that has none.</param>
/// <param name="Written">As it was handed over, or, before that, as it would be now; none once the customer is erased or while it cannot be composed.</param>
/// <param name="History">Everything that happened to it.</param>
public sealed record MessageDetailsResponse(
    MessageId Id, CustomerId Customer, FollowUpId FollowUp, string Step, MessageStatus State, Channel Channel, Category Category, string Template,
    string? Variant, string Language, OrderId? Order, DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? AttemptedAt, DateTimeOffset? RetryAt, WrittenMessageResponse? Written, IReadOnlyList<EventResponse> History)
{
    internal static MessageDetailsResponse Of(MessageId id, Customer customer, WrittenMessageResponse? written, IReadOnlyList<EventResponse> history)
    {
        var m = customer.Messages[id];
        return new(
            id, customer.Id, m.FollowUp, m.Step, m.Status, m.Channel, m.Category, m.Template, m.Variant, m.Language, m.Order, m.QueuedAt, m.Attempts, m.AttemptedAt,
            m.RetryAt, written, history);
    }
}

/// <summary>What the customer reads.</summary>
/// <param name="HandedOver">Whether this was handed to a sender; else it was composed for this answer.</param>
/// <param name="RenderedFrom">Which version of its template; none of a message that was handed over before that was recorded.</param>
public sealed record WrittenMessageResponse(
    string From, string? FromName, string To, string? ToName, string Subject, string Text, string Html, IReadOnlyDictionary<string, string> Headers, bool HandedOver,
    UsedTemplate? RenderedFrom)
{
    internal static WrittenMessageResponse Of(EmailMessage email, bool handedOver) => new(
        email.FromAddress, email.FromName, email.To, string.IsNullOrEmpty(email.ToName) ? null : email.ToName, email.Subject, email.Text, email.Html, email.Headers, handedOver, email.Template);
}

/// <summary>The body of a settlement.</summary>
public sealed record Settlement(bool? Delivered);

/// <summary>Answers for the messages of a shop, and settles those in doubt.</summary>
public static class MessageHandlers
{
    private static readonly Command Settling = new("settle-message", "settle-message", "api");

    public static Task<Page<MessageSummaryResponse>> List(HttpContext context, string shop, string? state, int? limit, string? cursor, MessageDirectory messages, CancellationToken ct) =>
        messages.List(new(shop), state is null ? null : Status(state), PageRequest.Of(limit, cursor), context.Caller().IsAdmin, ct);

    public static async Task<MessageDetailsResponse> Get(
        HttpContext context, string shop, string id, MessageDirectory messages, ICustomerReader customers, IEventStore store, MessageComposer composer, CancellationToken ct)
    {
        var (tenant, message) = (new ShopId(shop), new MessageId(id));
        var (owner, content) = await messages.Find(tenant, message, ct) ?? throw Unknown(id);
        using var open = await customers.Open(tenant, owner, StateQuery.Everything, ct) ?? throw Unknown(id);
        var customer = open.Customer;
        context.CheckShown(customer);
        await context.RecordRead(tenant, customer.Id, AuditAction.Opened, ct);
        var history = await store.ReadCustomer(tenant, [.. customer.Ids], AsOf.Now, ct)
            .Where(r => r.Event is MessageQueued q ? q.Message == message : r.Event is IMessageEvent m && m.Message == message)
            .Select(r => EventResponse.Of(r))
            .ToListAsync(ct);
        return MessageDetailsResponse.Of(message, customer, await Written(open, message, content, composer, ct), history);
    }

    public static async Task<MessageDetailsResponse> Settle(
        HttpContext context, string shop, string id, Settlement body, MessageDirectory messages, ICustomerReader customers, IEventStore store, MessageComposer composer, CancellationToken ct)
    {
        var delivered = body.Delivered
            ?? throw new ApiProblem(StatusCodes.Status400BadRequest, "missing-field", "delivered is true or false.", [new("/delivered", "true or false")]);
        var (tenant, message) = (new ShopId(shop), new MessageId(id));
        var (owner, _) = await messages.Find(tenant, message, ct) ?? throw Unknown(id);
        await store.Transact(tenant, new CustomerRef.ById(owner), Settling with { Reads = StateQuery.Of(message) }, (c, s) => MessageDecisions.Settle(c, s, message, delivered, "api"), ct);
        return await Get(context, shop, id, messages, customers, store, composer, ct);
    }

    private static async Task<WrittenMessageResponse?> Written(OpenCustomer open, MessageId message, string? content, MessageComposer composer, CancellationToken ct)
    {
        if (content is not null)
        {
            return open.Read(Personal.FromSeal(content)) is { } json
                ? WrittenMessageResponse.Of(JsonSerializer.Deserialize<EmailMessage>(json, ApiJson.Options)!, handedOver: true)
                : null;
        }

        try
        {
            return WrittenMessageResponse.Of(await composer.Compose(open, message, ct), handedOver: false);
        }
        catch (MessageNotComposableException)
        {
            return null;
        }
    }

    private static MessageStatus Status(string state) =>
        Enum.GetValues<MessageStatus>().Where(s => JsonNaming.Kebab(s) == state).Select(s => (MessageStatus?)s).FirstOrDefault()
        ?? throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-state", "state is queued, sending, accepted, failed, in-doubt or withdrawn.");

    private static ApiProblem Unknown(string id) => new(StatusCodes.Status404NotFound, "unknown-message", $"There is no message '{id}'.");
}
