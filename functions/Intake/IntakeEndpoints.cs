using Cx.Functions.Api;
using Cx.Functions.Intake.Sources;
using Endpoint = Cx.Functions.Api.Endpoint;

namespace Cx.Functions.Intake;

/// <summary>The ways in.</summary>
public static class IntakeEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("PostWebhook", "POST", "api/shops/{shop}/webhooks/{source}", Access.Public, Webhooks.Post)
        {
            Summary = "Takes a webhook of a configured source, authenticated by its signature.", Returns = typeof(IntakeResult),
        },
        new("PostTouchpoints", "POST", "api/shops/{shop}/touchpoints", Access.Ingest, TouchpointsApi.Post)
        {
            Summary = "Records one touchpoint, or many, under an Idempotency-Key; answers for each item.", Returns = typeof(TouchpointResults),
        },
        new("GetTouchpointSchema", "GET", "api/schemas/touchpoint.json", Access.Public, () => Results.Bytes(TouchpointSchema.Json.ToArray(), TouchpointSchema.ContentType))
        {
            Summary = "The JSON Schema of a touchpoint.",
        },
        new("ListFailedDeliveries", "GET", "api/shops/{shop}/failed-deliveries", Access.Admin, Replay.List)
        {
            Summary = "Authentic deliveries that could not be translated, with the reason.", Returns = typeof(Page<FailedDelivery>),
        },
        new("ReplayFailedDelivery", "POST", "api/shops/{shop}/failed-deliveries/{id}/replay", Access.Admin, Replay.Post)
        {
            Summary = "Takes a failed delivery in again, as it arrived.", Returns = typeof(IntakeResult),
        },
    ];
}
