using Cx.Application.Api;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.Templates;

/// <summary>What templates may name and call.</summary>
/// <param name="Fields">The values of a message.</param>
/// <param name="PartialOptions">What partials may be given.</param>
public sealed record TemplateFieldsResponse(
    IReadOnlyList<TemplateField> Fields, IReadOnlyList<TemplateHelper> Helpers, IReadOnlyList<string> Partials, IReadOnlyList<string> PartialOptions);

/// <summary>The routes by which marketing writes what messages say.</summary>
public static class TemplateEndpoints
{
    private static readonly (string, bool, string) IfMatch = ("If-Match", false, "The ETag of what was read: 412 when the template changed since.");

    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("listTemplates", "GET", Routes.Templates, Access.Marketing, TemplateHandlers.List)
        {
            Summary = "The templates that the shop may send, in which languages, whether its own or shipped, and which steps send each.", Returns = typeof(Page<TemplateSummaryResponse>),
        },
        new("getTemplate", "GET", Routes.Template, Access.Marketing, TemplateHandlers.Get)
        {
            Summary = "A template in one language: its text, whether the shop's own or shipped, and who saved which version when.", Returns = typeof(TemplateResponse), Refuses = [422],
        },
        new("putTemplate", "PUT", Routes.Template, Access.Marketing, TemplateHandlers.Put)
        {
            Summary = "Saves a template as the next version, for whatever is handed over from then on; refused with everything that is wrong at once, each with line and column.",
            Accepts = typeof(TemplateRequest), Returns = typeof(TemplateSavedResponse), Refuses = [409, 412, 422], Headers = [IfMatch],
        },
        new("deleteTemplate", "DELETE", Routes.Template, Access.Marketing, TemplateHandlers.Delete)
        {
            Summary = "Goes back to the shipped template; its versions stay readable. 409 while a step sends it and nothing is left in a language that the shop writes.",
            Statuses = [204], Refuses = [409, 412, 422], Headers = [IfMatch],
        },
        new("getTemplateVersion", "GET", Routes.TemplateVersion, Access.Marketing, TemplateHandlers.GetVersion)
        {
            Summary = "A saved version, which never changes.", Returns = typeof(TemplateRequest), Refuses = [400, 422],
        },
        new("previewTemplate", "POST", Routes.PreviewTemplate, Access.Marketing, TemplateHandlers.Preview)
        {
            Summary = "The message as a customer, or an invented one, would read it; nothing is stored or sent. A draft is checked as when it is saved.",
            Accepts = typeof(PreviewRequest), Returns = typeof(PreviewResponse), Refuses = [410, 422],
        },
        new("listTemplateFields", "GET", Routes.TemplateFields, Access.Public, TemplateHandlers.Fields)
        {
            Summary = "The fields, helpers and partials that templates may use.", Returns = typeof(TemplateFieldsResponse),
        },
    ];
}
