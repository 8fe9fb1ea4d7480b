using System.Collections.Immutable;

namespace Cx.Domain.FollowUps.Templates;

/// <summary>The three parts of a template, in Handlebars. Holds no personal data: values come when a message is rendered.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Text">The text/plain part.</param>
/// <param name="Html">The text/html part.</param>
public sealed record TemplateText(string Subject, string Text, string Html);

/// <summary>Marketing saved a template in one language, whole: from now on messages are rendered from it.</summary>
/// <param name="Template">The template's name.</param>
/// <param name="Language">BCP 47, lower case.</param>
/// <param name="Number">The version; counts from 1, and never changes again.</param>
/// <param name="By">The id of the key, or <c>installation</c>; never a person.</param>
public sealed record TemplateSaved(string Template, string Language, int Number, TemplateText Text, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>The shop's own template is no longer used: the shipped one is, where there is one. Its versions stay readable.</summary>
public sealed record TemplateRemoved(string Template, string Language, string By, DateTimeOffset OccurredAt) : IEvent;

/// <summary>A saved version, without its text.</summary>
public sealed record SavedTemplate(int Number, string By, DateTimeOffset SavedAt);

/// <summary>A template of a shop in one language: a snapshot of its stream.</summary>
/// <param name="Number">The version in use; 0: none is, since it was removed.</param>
/// <param name="Text">Of that version.</param>
/// <param name="Versions">All that were saved, in order.</param>
public sealed record MessageTemplate(string Name, string Language, int Number, TemplateText? Text, ImmutableList<SavedTemplate> Versions)
{
    public string Stream { get; init; } = StreamOf(Name, Language);

    /// <summary>The stream's version after the last event; 0 for a template that was never saved.</summary>
    public long Version { get; init; }

    /// <summary>The stream of a template, in the tenant of its shop.</summary>
    public static string StreamOf(string name, string language) => $"template-{name}.{language}";

    /// <param name="template">None: it was never saved.</param>
    public static IReadOnlyList<IEvent> Save(MessageTemplate? template, string name, string language, TemplateText text, string by, DateTimeOffset at) =>
        template?.Text == text ? [] : [new TemplateSaved(name, language, (template?.Versions.Count ?? 0) + 1, text, by, at)];

    public static IReadOnlyList<IEvent> Remove(MessageTemplate? template, string by, DateTimeOffset at) =>
        template is { Number: > 0 } ? [new TemplateRemoved(template.Name, template.Language, by, at)] : [];

    public static MessageTemplate? Evolve(MessageTemplate? template, ShopId shop, IEvent e) => e switch
    {
        TemplateSaved x => (template ?? new(x.Template, x.Language, 0, null, [])) is var known
            ? known with { Number = x.Number, Text = x.Text, Versions = known.Versions.Add(new(x.Number, x.By, x.OccurredAt)) }
            : null,
        TemplateRemoved when template is not null => template with { Number = 0, Text = null },
        _ => template,
    };
}
