using Cx.Application.Api;
using Cx.Application.Intake.Sources;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.Intake;

/// <summary>The ways in.</summary>
public static class IntakeEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("postWebhook", "POST", Routes.Webhook, Access.Public, Webhooks.Post)
        {
            Summary = "Takes a webhook of a configured source, authenticated by its signature.", Returns = typeof(IntakeResult),
        },
        new("postTouchpoints", "POST", Routes.Touchpoints, Access.Ingest, TouchpointsApi.Post)
        {
            Summary = "Records one touchpoint, or many, under an Idempotency-Key; answers for each item.", Returns = typeof(TouchpointResults),
        },
        new("getTouchpointSchema", "GET", Routes.TouchpointSchema, Access.Public, () => Results.Bytes(TouchpointSchema.Json.ToArray(), TouchpointSchema.ContentType))
        {
            Summary = "The JSON Schema of a touchpoint.",
        },
        new("listFailedDeliveries", "GET", Routes.FailedDeliveries, Access.Admin, Replay.List)
        {
            Summary = "Authentic deliveries that could not be translated, with the reason.", Returns = typeof(Page<FailedDelivery>),
        },
        new("replayFailedDelivery", "POST", Routes.ReplayFailedDelivery, Access.Admin, Replay.Post)
        {
            Summary = "Takes a failed delivery in again, as it arrived.", Returns = typeof(IntakeResult),
        },
    ];
}
