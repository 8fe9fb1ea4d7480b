using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>The messages of a shop, as they were written and what became of them.</summary>
public static class MessageReading
{
    private static readonly Command Settling = new("settle-message", "settle-message", "api");

    public static Task<Page<MessageSummary>> List(string shop, string? state, int? limit, string? cursor, MessageDirectory messages, CancellationToken ct) =>
        messages.List(new(shop), state is null ? null : Status(state), PageRequest.Of(limit, cursor), ct);

    public static async Task<MessageDetails> Get(
        string shop, string id, MessageDirectory messages, ICustomerReader customers, IEventStore store, MessageComposer composer, CancellationToken ct)
    {
        var (tenant, message) = (new ShopId(shop), new MessageId(id));
        var (owner, content) = await messages.Find(tenant, message, ct) ?? throw Unknown(id);
        using var open = await customers.Open(tenant, owner, ct) ?? throw Unknown(id);
        var customer = open.Customer;
        var history = await store.Read(tenant, [.. customer.Members.Add(customer.Id).Select(CustomerStream.Of)], AsOf.Now, ct)
            .Where(r => r.Event is MessageQueued q ? q.Message == message : r.Event is IMessageEvent m && m.Message == message)
            .Select(r => EventView.Of(r))
            .ToListAsync(ct);
        return MessageDetails.Of(message, customer, Written(open, message, content, composer), history);
    }

    public static async Task<MessageDetails> Settle(
        string shop, string id, Settlement body, MessageDirectory messages, ICustomerReader customers, IEventStore store, MessageComposer composer, CancellationToken ct)
    {
        var delivered = body.Delivered ?? throw new ApiProblem(StatusCodes.Status400BadRequest, "missing-field", "delivered is true or false.", [new("/delivered", "true or false")]);
        var (tenant, message) = (new ShopId(shop), new MessageId(id));
        var (owner, _) = await messages.Find(tenant, message, ct) ?? throw Unknown(id);
        await store.Transact(tenant, new CustomerRef.ById(owner), Settling, (c, s) => MessageDecisions.Settle(c, s, message, delivered, "api"), ct);
        return await Get(shop, id, messages, customers, store, composer, ct);
    }

    private static WrittenMessage? Written(OpenCustomer open, MessageId message, string? content, MessageComposer composer)
    {
        if (content is not null)
        {
            return open.Read(Personal.FromSeal(content)) is { } json ? WrittenMessage.Of(JsonSerializer.Deserialize<EmailMessage>(json, ApiJson.Options)!, handedOver: true) : null;
        }

        try
        {
            return WrittenMessage.Of(composer.Compose(open, message), handedOver: false);
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
