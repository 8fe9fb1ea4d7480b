using System.Collections.Concurrent;

namespace Cx.Application.FollowUps.Templates;

/// <summary>Renders messages from Handlebars templates, each compiled once.</summary>
public sealed class TemplateRenderer(TemplateSources sources)
{
    private const string LastResort = "en";

    private readonly ConcurrentDictionary<(string Template, string Language), Lazy<CompiledMessage>> compiled = new();

    public TemplateRenderer()
        : this(TemplateSources.Shipped())
    {
    }

    /// <summary>Renders in the first language that has the template: it-IT, it, the shop's, en.</summary>
    /// <exception cref="TemplateMissingException">No language of the chain has it, or a part of it is missing.</exception>
    public Rendered Render(string template, string? language, MessageModel model)
    {
        var found = Languages(language).Concat(Languages(model.ShopLanguage)).Append(LastResort).FirstOrDefault(l => sources.Has(template, l))
            ?? throw new TemplateMissingException(template);
        return compiled.GetOrAdd((template, found), key => new(() => new CompiledMessage(sources, key.Template, key.Language))).Value.Render(model);
    }

    // "it-IT", then "it". Shops write tags in every case and with underscores.
    private static IEnumerable<string> Languages(string? tag)
    {
        var rest = tag?.Trim().Replace('_', '-').ToLowerInvariant() ?? "";
        while (rest.Length > 0)
        {
            yield return rest;
            rest = rest.LastIndexOf('-') is var cut and > 0 ? rest[..cut] : "";
        }
    }
}
