using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <summary>All that is held about one customer, as one document (Regulation (EU) 2016/679, articles 15 and 20). The lists are written as they are read.</summary>
public sealed record ExportResponse(
    ShopId Shop, DateTimeOffset ExportedAt, CustomerResponse Customer, IReadOnlyList<IdentifierResponse> Identifiers,
    IAsyncEnumerable<TouchpointResponse> Events,
    IAsyncEnumerable<PayloadResponse> Payloads, IAsyncEnumerable<MessageResponse> Messages);

/// <summary>What the customer is found by: the database holds a keyed hash; the value is among the details and events.</summary>
public sealed record IdentifierResponse(IdentifierKind Kind, string Hash);

/// <param name="Body">As it was posted: JSON, or the text when it is not.</param>
public sealed record PayloadResponse(string Delivery, string Source, string Topic, DateTimeOffset ReceivedAt, JsonElement Body);

/// <param name="Content">As it was written; none before it was, and none of what was withdrawn.</param>
public sealed record MessageResponse(MessageId Id, string Status, DateTimeOffset QueuedAt, JsonElement? Content);

/// <summary>Answers a customer who asks what is held.</summary>
public static class Export
{
    private const int EventsAtOnce = 200;

    public static async Task<IResult> Get(
        HttpContext context, string shop, string customer, [FromServices] ShopDirectory shops, [FromServices] CustomerDirectory customers,
        [FromServices] ExportReader export, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var found = await customers.Shown(context, facts.Id, customer, StateQuery.Everything, ct, AuditAction.Exported);
        var unsealer = await customers.Unsealer(facts.Id, found, ct);
        context.Response.RegisterForDispose(unsealer);
        var identifiers = await export.IdentifiersOf(facts.Id, found, ct);
        var payloads = await export.PayloadsOf(facts.Id, found, ct);
        return Results.Ok(new ExportResponse(
            facts.Id, clock.GetUtcNow(), CustomerResponse.Of(found, unsealer),
            [.. identifiers.Select(i => new IdentifierResponse(i.Kind, Convert.ToHexStringLower(i.Hash)))],
            Events(facts.Id, found, customers, unsealer, ct),
            payloads.Select(p => new PayloadResponse(p.Delivery, p.Source, p.Topic, p.ReceivedAt, Json(p.Body))),
            export.MessagesOf(facts.Id, found, ct).Select(m => new MessageResponse(m.Id, m.Status, m.QueuedAt, Content(m.Content, unsealer)))));
    }

    private static async IAsyncEnumerable<TouchpointResponse> Events(
        ShopId shop, Customer customer, CustomerDirectory customers, Unsealer unsealer, [EnumeratorCancellation] CancellationToken ct)
    {
        long? from = null;
        for (var count = EventsAtOnce; count == EventsAtOnce;)
        {
            var page = await customers.Events(shop, customer, from, latestFirst: false, EventsAtOnce, ct);
            foreach (var recorded in page)
            {
                yield return TouchpointResponse.Of(recorded, unsealer);
                from = recorded.Sequence;
            }

            count = page.Count;
        }
    }

    private static JsonElement? Content(string? content, Unsealer unsealer) =>
        content is not null && unsealer.Text(Personal.FromSeal(content)) is { } text ? Json(Encoding.UTF8.GetBytes(text)) : null;

    private static JsonElement Json(byte[] body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(body), ApiJson.Options);
        }
    }
}
