using Cx.Application.Api;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.Http;

/// <summary>Setting up shops, and what needs the same trust.</summary>
public sealed class AdminFunctions(EndpointMap endpoints)
{
    [Function("putShop")]
    public IResult PutShop([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Routes.Shop)] HttpRequest request) => endpoints.Answer("putShop");

    [Function("getShop")]
    public IResult GetShop([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Shop)] HttpRequest request) => endpoints.Answer("getShop");

    [Function("listShops")]
    public IResult ListShops([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Shops)] HttpRequest request) => endpoints.Answer("listShops");

    [Function("putSource")]
    public IResult PutSource([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Routes.Source)] HttpRequest request) => endpoints.Answer("putSource");

    [Function("listSources")]
    public IResult ListSources([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Sources)] HttpRequest request) => endpoints.Answer("listSources");

    [Function("deleteSource")]
    public IResult DeleteSource([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Routes.Source)] HttpRequest request) => endpoints.Answer("deleteSource");

    [Function("createKey")]
    public IResult CreateKey([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Keys)] HttpRequest request) => endpoints.Answer("createKey");

    [Function("listKeys")]
    public IResult ListKeys([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Keys)] HttpRequest request) => endpoints.Answer("listKeys");

    [Function("revokeKey")]
    public IResult RevokeKey([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Routes.Key)] HttpRequest request) => endpoints.Answer("revokeKey");

    [Function("putSending")]
    public IResult PutSending([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Routes.Sending)] HttpRequest request) => endpoints.Answer("putSending");

    [Function("getSending")]
    public IResult GetSending([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Sending)] HttpRequest request) => endpoints.Answer("getSending");

    [Function("eraseCustomer")]
    public IResult EraseCustomer([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Routes.Customer)] HttpRequest request) => endpoints.Answer("eraseCustomer");
}
