using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Api;

/// <summary>Who may call an endpoint: nobody in particular, or the holder of a key with this scope for the shop in the route.</summary>
public enum Access { Public, Ingest, Read, Marketing, Admin }

/// <summary>
/// One route, its handler, and what the API description says of it. Both hosts map and route the same table: Standalone on
/// Kestrel, the Function app behind its HTTP functions.
/// </summary>
/// <param name="Name">Unique, stable: the operation id, and the function's name where the Function app has one for it.</param>
/// <param name="Route">Without a leading slash, as both hosts want it.</param>
/// <param name="Handle">Bound like any minimal API handler; its parameters are described as they are bound.</param>
public sealed record Endpoint(string Name, string Method, string Route, Access Access, Delegate Handle)
{
    public string Summary { get; init; } = "";

    /// <summary>The request's body as JSON; none when it is not read.</summary>
    public Type? Accepts { get; init; }

    /// <summary>Instead of <see cref="Accepts"/>: the path of the JSON Schema of the body.</summary>
    public string? AcceptsSchema { get; init; }

    /// <summary>Whether a list of such bodies is taken as well.</summary>
    public bool AcceptsList { get; init; }

    /// <summary>The answer's body; none when it has no body.</summary>
    public Type? Returns { get; init; }

    /// <summary>The media type of that body.</summary>
    public string MediaType { get; init; } = "application/json";

    /// <summary>The statuses that come with that body, or without any.</summary>
    public IReadOnlyList<int> Statuses { get; init; } = [StatusCodes.Status200OK];

    /// <summary>The statuses of refusals that are its own. What all refuse alike is added: <see cref="Refusals"/>.</summary>
    public IReadOnlyList<int> Refuses { get; init; } = [];

    /// <summary>Request headers that the handler reads, each with whether it must be there.</summary>
    public IReadOnlyList<(string Name, bool Required, string Description)> Headers { get; init; } = [];

    /// <summary>The header by which the language of sentences is chosen.</summary>
    public static (string Name, bool Required, string Description) LanguageHeader { get; } =
        ("Accept-Language", false, "The language of the sentences: it or en; else the shop's first, else English.");

    /// <summary>Every status that is answered with a <see cref="Problem"/>.</summary>
    public IEnumerable<int> Refusals() => Refuses
        .Concat(Access is Access.Public ? [] : [StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden])
        .Concat(Route.Contains('{', StringComparison.Ordinal) ? [StatusCodes.Status404NotFound] : [])
        .Concat(Accepts is null && AcceptsSchema is null ? [] : [StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge])
        .Concat(BindsBody ? [StatusCodes.Status415UnsupportedMediaType] : [])
        .Concat([StatusCodes.Status500InternalServerError, StatusCodes.Status503ServiceUnavailable])
        .Except(Statuses).Distinct().Order();

    // A handler that reads the body by itself does not look at its media type.
    private bool BindsBody => Array.Exists(
        Handle.Method.GetParameters(), p => p.ParameterType == Accepts || p.IsDefined(typeof(FromBodyAttribute), inherit: false));
}

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
    public const string SendingReadiness = Sending + "/readiness";
    public const string AlertSecrets = Shop + "/alert-secrets";
    public const string FailedEvents = Shop + "/failed-events";
    public const string Audit = Shop + "/audit";
    public const string Retention = Shop + "/retention";

    public const string Customers = Shop + "/customers";
    public const string CustomerLookup = Customers + "/lookup";
    public const string Customer = Customers + "/{customer}";
    public const string Experience = Customer + "/experience";
    public const string Timeline = Customer + "/touchpoints";
    public const string Export = Customer + "/export";
    public const string Consents = Customer + "/consents";
    public const string Restriction = Customer + "/restriction";
    public const string ProfilingObjection = Customer + "/profiling-objection";
    public const string Complaints = Customer + "/complaints";
    public const string Links = Customer + "/links";
    public const string Link = Links + "/{other}";
    public const string LinkCandidates = Shop + "/link-candidates";
    public const string ResolveComplaint = Complaints + "/{complaint}/resolve";

    public const string Webhook = Shop + "/webhooks/{source}";
    public const string Touchpoints = Shop + "/touchpoints";
    public const string TouchpointSchema = "api/schemas/touchpoint.json";
    public const string IncompleteDeliveries = Shop + "/incomplete-deliveries";
    public const string FailedDeliveries = Shop + "/failed-deliveries";
    public const string ReplayFailedDelivery = FailedDeliveries + "/{id}/replay";

    public const string FollowUps = Customers + "/{id}/follow-ups";
    public const string Step = Shop + "/follow-ups/{id}/steps/{step}";
    public const string Why = Step + "/why";
    public const string CadenceWhy = Customers + "/{id}/why";
    public const string SkipStep = Step + "/skip";
    public const string PostponeStep = Step + "/postpone";
    public const string SendStep = Step + "/send";
    public const string NeverStep = Step + "/never";
    public const string Cadences = Shop + "/cadences";
    public const string Cadence = Cadences + "/{slug}";
    public const string CadenceVersion = Cadence + "/versions/{version}";
    public const string CadenceDraft = Cadence + "/draft";
    public const string PublishCadence = Cadence + "/publish";
    public const string TestStep = Cadence + "/steps/{step}/test";
    public const string AffectedByPublishing = PublishCadence + "/affected";
    public const string PauseCadence = Cadence + "/pause";
    public const string ResumeCadence = Cadence + "/resume";
    public const string ArchiveCadence = Cadence + "/archive";
    public const string Policy = Shop + "/policy";
    public const string PolicyDraft = Policy + "/draft";
    public const string PublishPolicy = Policy + "/publish";
    public const string PolicyVersion = Policy + "/versions/{version}";
    public const string PolicySchema = "api/schemas/policy.json";
    public const string Forecast = Shop + "/forecast";
    public const string ForecastPeople = Forecast + "/people";
    public const string Templates = Shop + "/templates";
    public const string Template = Templates + "/{name}/{language}";
    public const string TemplateVersion = Template + "/versions/{version}";
    public const string PreviewTemplate = Templates + "/{name}/preview";
    public const string TemplateFields = "api/schemas/template-fields.json";
    public const string CadenceReport = Cadence + "/report";
    public const string CadenceSimulations = Cadence + "/simulations";
    public const string CadenceSimulation = CadenceSimulations + "/{id}";
    public const string CadenceDifferences = CadenceSimulation + "/differences";
    public const string PolicySimulations = Policy + "/simulations";
    public const string PolicySimulation = PolicySimulations + "/{id}";
    public const string PolicyDifferences = PolicySimulation + "/differences";
    public const string FactCatalogue = "api/schemas/facts.json";
    public const string CadenceSchema = "api/schemas/cadence.json";
    public const string Messages = Shop + "/messages";
    public const string Message = Messages + "/{id}";
    public const string Settle = Message + "/settle";
    public const string Unsubscribe = "u/{token}";

    public const string Live = "health/live";
    public const string Ready = "health/ready";
    public const string Description = "openapi/{documentName}.json";
    public const string Docs = "docs";
}
