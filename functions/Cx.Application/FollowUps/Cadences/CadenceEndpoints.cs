using System.Text;
using System.Text.Json;
using Cx.Application.Api;
using Cx.Domain.FollowUps.Cadences;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>The facts that conditions may ask for. Of one that is not known only <c>unknown</c> holds.</summary>
public sealed record FactCatalogueResponse(IReadOnlyList<Fact> Facts);

/// <summary>The routes by which marketing configures, publishes and stops cadences.</summary>
public static class CadenceEndpoints
{
    private const string SchemaType = "application/schema+json";

    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("listCadences", "GET", Routes.Cadences, Access.Marketing, CadenceHandlers.List)
        {
            Summary = "The shop's cadences, how each stands, and how many follow-ups run it.", Returns = typeof(Page<CadenceSummaryResponse>),
        },
        new("getCadence", "GET", Routes.Cadence, Access.Marketing, CadenceHandlers.Get)
        {
            Summary = "A cadence: its latest version, its draft, and who published which version when.", Returns = typeof(CadenceDetailsResponse),
        },
        new("getCadenceVersion", "GET", Routes.CadenceVersion, Access.Marketing, CadenceHandlers.GetVersion)
        {
            Summary = "A published version, which never changes.", Returns = typeof(CadenceDocument), Refuses = [400],
        },
        new("putCadenceDraft", "PUT", Routes.CadenceDraft, Access.Marketing, CadenceHandlers.PutDraft)
        {
            Summary = "Saves what is to be published next, whole; refused with everything that is wrong at once.",
            AcceptsSchema = "/" + Routes.CadenceSchema, Returns = typeof(DraftResponse), Refuses = [412, 422],
            Headers = [("If-Match", false, "The ETag of what was read: 412 when the cadence changed since.")],
        },
        new("publishCadence", "POST", Routes.PublishCadence, Access.Marketing, CadencePublishing.Publish)
        {
            Summary = "Publishes the draft as the next version; the follow-ups that run stay, migrate or end. ?dryRun=true only says what would be.",
            Accepts = typeof(PublishRequest), Returns = typeof(PublishedResponse), Refuses = [409, 422],
        },
        new("listAffectedByPublishing", "GET", Routes.AffectedByPublishing, Access.Marketing, CadencePublishing.Affected)
        {
            Summary = "The follow-ups that publishing the draft would concern, and what would become of each; ?running= stay, migrate or end.",
            Returns = typeof(Page<AffectedFollowUpResponse>), Refuses = [400, 409],
        },
        new("pauseCadence", "POST", Routes.PauseCadence, Access.Marketing, CadenceHandlers.Pause)
        {
            Summary = "Holds every step of the cadence until it is resumed, up to the maximum hold.", Returns = typeof(CadenceDetailsResponse), Refuses = [409],
        },
        new("resumeCadence", "POST", Routes.ResumeCadence, Access.Marketing, CadenceHandlers.Resume)
        {
            Summary = "Lets a paused cadence go on.", Returns = typeof(CadenceDetailsResponse), Refuses = [409],
        },
        new("archiveCadence", "POST", Routes.ArchiveCadence, Access.Marketing, CadenceHandlers.Archive)
        {
            Summary = "Starts the cadence for nobody any more, and ends the follow-ups that run it; a new version starts it again.",
            Returns = typeof(CadenceDetailsResponse),
        },
        new("reportCadence", "GET", Routes.CadenceReport, Access.Marketing, CadenceReporting.Get)
        {
            Summary = "What became of the follow-ups that started in some days (?from= and ?to=, in the shop's zone): per version, step and variant, and the goal against the control group.",
            Returns = typeof(CadenceReportResponse), Refuses = [400],
        },
        new("listFacts", "GET", Routes.FactCatalogue, Access.Public, () => new FactCatalogueResponse(Facts.All))
        {
            Summary = "The facts that conditions may ask for: type, unit, meaning, comparisons, and when each is not known.", Returns = typeof(FactCatalogueResponse),
        },
        new("getCadenceSchema", "GET", Routes.CadenceSchema, Access.Public, () => Results.Bytes(Encoding.UTF8.GetBytes(DefaultCadences.Schema), SchemaType))
        {
            Summary = "The JSON Schema of a cadence.", Returns = typeof(JsonElement), MediaType = SchemaType,
        },
    ];
}
