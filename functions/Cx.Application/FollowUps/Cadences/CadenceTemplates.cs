using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.FollowUps.Templates;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>Checks a cadence against the templates that its shop has.</summary>
public sealed class CadenceTemplates(TemplateDirectory templates, TemplateRenderer renderer)
{
    /// <summary>A document as it is sent.</summary>
    /// <exception cref="ApiProblem">422 with everything that is wrong.</exception>
    public async Task<CadenceDocument> Read(ShopFacts shop, JsonElement body, string slug, CancellationToken ct)
    {
        var (document, errors) = CadenceReader.Read(body, slug);
        Refuse([.. errors, .. await Errors(shop, document, ct)]);
        return document;
    }

    /// <exception cref="ApiProblem">422: a template is gone, or no longer may be sent so.</exception>
    public async Task Check(ShopFacts shop, CadenceDocument document, CancellationToken ct) => Refuse(await Errors(shop, document, ct));

    private async Task<IReadOnlyList<CadenceError>> Errors(ShopFacts shop, CadenceDocument document, CancellationToken ct)
    {
        var own = (await templates.List(shop.Id, ct)).Where(t => t.Text is not null).ToLookup(t => t.Name, StringComparer.Ordinal);
        return
        [
            .. from step in (document.Steps ?? []).Index()
               from place in TemplateUses.PlacesIn(step.Item)
               let wrong = Wrong(shop, step.Item, place.Template, own)
               where wrong is not null
               select wrong with { Pointer = $"/steps/{step.Index}/{place.At}" },
        ];
    }

    private CadenceError? Wrong(ShopFacts shop, Step step, string name, ILookup<string, MessageTemplate> own)
    {
        var (shipped, others) = step.IsForShop ? (MessageTemplates.ToShop, MessageTemplates.ToCustomers) : (MessageTemplates.ToCustomers, MessageTemplates.ToShop);
        if (!shipped.Contains(name) && (others.Contains(name) || !own.Contains(name)))
        {
            var known = shipped.Concat(own.Select(t => t.Key).Except(others).Order(StringComparer.Ordinal)).Distinct();
            return new("", $"there is no template '{name}' for this", $"one of {string.Join(", ", known)}");
        }

        var languages = own[name].Select(t => t.Language).ToList();
        if (!TemplateRenderer.Languages(null, shop.Languages[0]).Any(l => languages.Contains(l) || renderer.Sources.Find(name, l) is not null))
        {
            return new("", $"the template '{name}' has no text in '{shop.Languages[0]}', the shop's first language", $"PUT /api/shops/{shop.Id}/templates/{name}/{shop.Languages[0].ToLowerInvariant()}");
        }

        return step.Category is Category.Marketing && !step.IsForShop
            && own[name].FirstOrDefault(t => TemplateLint.WithoutUnsubscribe(renderer.Sources, shop, t).Count > 0) is { } silent
            ? new("", $"the template '{name}' shows no link to unsubscribe in '{silent.Language}', and the step is marketing", "{{> footer}} in its text and html")
            : null;
    }

    private static void Refuse(IReadOnlyList<CadenceError> errors)
    {
        if (errors.Count > 0)
        {
            throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-cadence", "The cadence is not valid; see errors.", [.. errors.Select(e => new FieldError(e.Pointer, e.Message, e.Hint))]);
        }
    }
}
