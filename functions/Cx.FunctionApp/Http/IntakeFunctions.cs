using Cx.Application.Api;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.Http;

/// <summary>The ways in.</summary>
public sealed class IntakeFunctions(EndpointMap endpoints)
{
    [Function("postWebhook")]
    public IResult PostWebhook([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Webhook)] HttpRequest request) => endpoints.Answer("postWebhook");

    [Function("postTouchpoints")]
    public IResult PostTouchpoints([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Touchpoints)] HttpRequest request) => endpoints.Answer("postTouchpoints");

    [Function("getTouchpointSchema")]
    public IResult GetTouchpointSchema([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.TouchpointSchema)] HttpRequest request) => endpoints.Answer("getTouchpointSchema");

    [Function("listFailedDeliveries")]
    public IResult ListFailedDeliveries([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.FailedDeliveries)] HttpRequest request) => endpoints.Answer("listFailedDeliveries");

    [Function("replayFailedDelivery")]
    public IResult ReplayFailedDelivery([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.ReplayFailedDelivery)] HttpRequest request) => endpoints.Answer("replayFailedDelivery");
}
