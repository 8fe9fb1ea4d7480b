using Cx.Application.Api;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.Http;

/// <summary>Follow-ups and messages.</summary>
public sealed class FollowUpFunctions(EndpointMap endpoints)
{
    [Function("listFollowUps")]
    public IResult ListFollowUps([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.FollowUps)] HttpRequest request) => endpoints.Answer("listFollowUps");

    [Function("explainStep")]
    public IResult ExplainStep([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Why)] HttpRequest request) => endpoints.Answer("explainStep");

    [Function("listMessages")]
    public IResult ListMessages([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Messages)] HttpRequest request) => endpoints.Answer("listMessages");

    [Function("getMessage")]
    public IResult GetMessage([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Message)] HttpRequest request) => endpoints.Answer("getMessage");

    [Function("settleMessage")]
    public IResult SettleMessage([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Settle)] HttpRequest request) => endpoints.Answer("settleMessage");

    [Function("askUnsubscribe")]
    public IResult AskUnsubscribe([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Unsubscribe)] HttpRequest request) => endpoints.Answer("askUnsubscribe");

    [Function("unsubscribe")]
    public IResult Unsubscribe([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Unsubscribe)] HttpRequest request) => endpoints.Answer("unsubscribe");
}
