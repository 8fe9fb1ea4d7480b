using Cx.Application.Api;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.Http;

/// <summary>How the app is, and the description of its API.</summary>
public sealed class HealthFunctions(EndpointMap endpoints)
{
    [Function("live")]
    public IResult Live([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Live)] HttpRequest request) => endpoints.Answer("live");

    [Function("ready")]
    public IResult Ready([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Ready)] HttpRequest request) => endpoints.Answer("ready");

    [Function("openApi")]
    public IResult OpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Description)] HttpRequest request) => endpoints.Answer("openApi");
}
