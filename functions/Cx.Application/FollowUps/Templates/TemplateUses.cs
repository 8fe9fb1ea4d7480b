using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Templates;

/// <summary>A step that sends a template.</summary>
/// <param name="Version">Of the cadence; none: its draft.</param>
/// <param name="Category">None: what the step is, its document does not say yet.</param>
public sealed record TemplateUse(string Cadence, int? Version, string Step, Category? Category, StepRecipient To);

/// <summary>Which steps send which template.</summary>
internal static class TemplateUses
{
    /// <summary>Of the versions in force, and of the drafts.</summary>
    public static ILookup<string, TemplateUse> Of(ShopFacts shop, IEnumerable<Cadence> cadences) =>
        shop.CadencesInForce().Select(c => (Document: c, Version: (int?)c.Version))
            .Concat(cadences.Where(c => c.Draft is not null).Select(c => (Document: c.Draft!, Version: (int?)null)))
            .SelectMany(c => c.Document.Steps.SelectMany(s => NamedBy(s).Select(template => (template, Use: new TemplateUse(c.Document.Slug, c.Version, s.Id, s.Category, s.To)))))
            .Distinct()
            .ToLookup(u => u.template, u => u.Use, StringComparer.Ordinal);

    /// <summary>The templates that a step names, each with where it does.</summary>
    public static IEnumerable<(string At, string Template)> PlacesIn(Step step) =>
        (step.Variants ?? []).Select((v, i) => (At: $"variants/{i}/template", Template: (string?)v?.Template)).Prepend((At: "template", step.Template))
            .Where(n => !string.IsNullOrWhiteSpace(n.Template)).Select(n => (n.At, n.Template!));

    private static IEnumerable<string> NamedBy(Step step) => PlacesIn(step).Select(p => p.Template);
}
