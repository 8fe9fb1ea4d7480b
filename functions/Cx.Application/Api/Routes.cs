namespace Cx.Application.Api;

/// <summary>Every route, once: both hosts, the tests and the links in answers use these.</summary>
public static class Routes
{
    public const string Shops = "api/shops";
    public const string Shop = Shops + "/{shop}";
    public const string Sources = Shop + "/sources";
    public const string Source = Sources + "/{source}";
    public const string Keys = Shop + "/keys";
    public const string Key = Keys + "/{key}";
    public const string Sending = Shop + "/sending";

    public const string Customers = Shop + "/customers";
    public const string CustomerLookup = Customers + "/lookup";
    public const string Customer = Customers + "/{customer}";
    public const string Experience = Customer + "/experience";
    public const string Timeline = Customer + "/touchpoints";
    public const string Export = Customer + "/export";
    public const string Consents = Customer + "/consents";
    public const string Complaints = Customer + "/complaints";
    public const string ResolveComplaint = Complaints + "/{complaint}/resolve";

    public const string Webhook = Shop + "/webhooks/{source}";
    public const string Touchpoints = Shop + "/touchpoints";
    public const string TouchpointSchema = "api/schemas/touchpoint.json";
    public const string FailedDeliveries = Shop + "/failed-deliveries";
    public const string ReplayFailedDelivery = FailedDeliveries + "/{id}/replay";

    public const string FollowUps = Customers + "/{id}/follow-ups";
    public const string Why = Shop + "/follow-ups/{id}/steps/{step}/why";
    public const string Messages = Shop + "/messages";
    public const string Message = Messages + "/{id}";
    public const string Settle = Message + "/settle";
    public const string Unsubscribe = "u/{token}";

    public const string Live = "health/live";
    public const string Ready = "health/ready";
    public const string Description = "openapi/{documentName}.json";
}
