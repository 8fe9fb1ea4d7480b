using Cx.Application.Api;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp;

/// <summary>
/// The HTTP triggers: one each for the ways in and for health, so that they are seen, counted and switched off by name, and one for all other
/// addresses. All lead to the same endpoints.
/// </summary>
/// <remarks>
/// They are anonymous to the Functions host on purpose: shops sign their webhooks and people hold our own keys, which the sources and
/// <see cref="KeyAuthorization"/> check on either host. A function key in front would be a second secret to rotate, and one that a shop's system cannot send.
/// </remarks>
public sealed class HttpFunctions(EndpointMap endpoints)
{
    [Function("postWebhook")]
    public IResult PostWebhook([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Webhook)] HttpRequest request) => endpoints.Answer;

    [Function("postTouchpoints")]
    public IResult PostTouchpoints([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Touchpoints)] HttpRequest request) => endpoints.Answer;

    [Function("askUnsubscribe")]
    public IResult AskUnsubscribe([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Unsubscribe)] HttpRequest request) => endpoints.Answer;

    [Function("unsubscribe")]
    public IResult Unsubscribe([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Unsubscribe)] HttpRequest request) => endpoints.Answer;

    [Function("live")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Live)] HttpRequest request) => endpoints.Answer;

    [Function("ready")]
    public IResult Ready([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Ready)] HttpRequest request) => endpoints.Answer;

    /// <summary>
    /// Every other address and method. The Functions host tries routes in the order of the functions' names: this name has to be the last.
    /// </summary>
    [Function("webApi")]
    public IResult WebApi([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) => endpoints.Answer;
}
