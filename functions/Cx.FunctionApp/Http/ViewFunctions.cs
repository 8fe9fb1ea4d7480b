using Cx.Application.Api;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.Http;

/// <summary>What is known of customers, and what people record about them by hand.</summary>
public sealed class ViewFunctions(EndpointMap endpoints)
{
    [Function("lookupCustomer")]
    public IResult LookupCustomer([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.CustomerLookup)] HttpRequest request) => endpoints.Answer("lookupCustomer");

    [Function("listCustomers")]
    public IResult ListCustomers([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Customers)] HttpRequest request) => endpoints.Answer("listCustomers");

    [Function("getCustomer")]
    public IResult GetCustomer([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Customer)] HttpRequest request) => endpoints.Answer("getCustomer");

    [Function("getExperience")]
    public IResult GetExperience([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Experience)] HttpRequest request) => endpoints.Answer("getExperience");

    [Function("listTouchpoints")]
    public IResult ListTouchpoints([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Timeline)] HttpRequest request) => endpoints.Answer("listTouchpoints");

    [Function("exportCustomer")]
    public IResult ExportCustomer([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = Routes.Export)] HttpRequest request) => endpoints.Answer("exportCustomer");

    [Function("putConsent")]
    public IResult PutConsent([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Routes.Consents)] HttpRequest request) => endpoints.Answer("putConsent");

    [Function("openComplaint")]
    public IResult OpenComplaint([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.Complaints)] HttpRequest request) => endpoints.Answer("openComplaint");

    [Function("resolveComplaint")]
    public IResult ResolveComplaint([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Routes.ResolveComplaint)] HttpRequest request) => endpoints.Answer("resolveComplaint");
}
