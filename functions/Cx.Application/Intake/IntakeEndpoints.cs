using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.Intake.Sources;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Intake;

/// <summary>The routes by which deliveries and touchpoints come in.</summary>
public static class IntakeEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("postWebhook", "POST", Routes.Webhook, Access.Public, Webhooks.Post)
        {
            Summary = "Receives a webhook of a configured source, authenticated by its signature.",
            Accepts = typeof(JsonElement), Returns = typeof(IntakeResult), Statuses = [200, 202], Refuses = [401, 422, 429],
        },
        new("postTouchpoints", "POST", Routes.Touchpoints, Access.Ingest, TouchpointIntake.Post)
        {
            Summary = "Records one touchpoint, or many, under an Idempotency-Key; has a result for each item.",
            AcceptsSchema = "/" + Routes.TouchpointSchema, AcceptsList = true, Returns = typeof(TouchpointResults), Refuses = [422],
            Headers = [("Idempotency-Key", true, "Repeating the request under it changes nothing.")],
        },
        new(
            "getTouchpointSchema", "GET", Routes.TouchpointSchema, Access.Public,
            () => Results.Bytes(TouchpointSchema.Json, TouchpointSchema.ContentType))
        {
            Summary = "The JSON Schema of a touchpoint.", Returns = typeof(JsonElement), MediaType = TouchpointSchema.ContentType,
        },
        new("listIncompleteDeliveries", "GET", Routes.IncompleteDeliveries, Access.Admin, IncompleteDeliveryHandlers.List)
        {
            Summary = "Deliveries that were taken without fields that could not be read, newest first.", Returns = typeof(Page<IncompleteDelivery>), Refuses = [400],
        },
        new("listFailedDeliveries", "GET", Routes.FailedDeliveries, Access.Admin, FailedDeliveryHandlers.List)
        {
            Summary = "Authentic deliveries that could not be translated, with the reason.", Returns = typeof(Page<FailedDelivery>), Refuses = [400],
        },
        new("replayFailedDelivery", "POST", Routes.ReplayFailedDelivery, Access.Admin, FailedDeliveryHandlers.Replay)
        {
            Summary = "Processes a failed delivery again, as it arrived.", Returns = typeof(IntakeResult), Statuses = [200, 202],
        },
    ];
}
