namespace Cx.Application.FollowUps.Templates;

/// <summary>
/// Template texts by name: <c>{template}.{language}.{subject|text|html}</c>, and partials <c>{partial}[.{language}].{text|html}</c>.
/// </summary>
public sealed class TemplateSources(IReadOnlyDictionary<string, string> texts)
{
    private const string Extension = ".hbs";
    private const string Folder = "Cx.Application.Templates.";

    private static readonly string[] Partials = ["layout", "lines", "offers", "reason", "greeting", "footer"];

    /// <summary>The shipped ones, from this assembly's resources.</summary>
    public static TemplateSources Shipped()
    {
        var assembly = typeof(TemplateSources).Assembly;
        return new(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal))
            .ToDictionary(name => name[Folder.Length..^Extension.Length], name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return reader.ReadToEnd();
            }, StringComparer.Ordinal));
    }

    /// <summary>Whether the template exists in this language. One that lacks a part counts, so that rendering fails with the part's name.</summary>
    public bool Has(string template, string language) => Kinds.Any(kind => texts.ContainsKey($"{template}.{language}.{kind}"));

    /// <exception cref="TemplateMissingException">There is no such source.</exception>
    public string Text(string name) => texts.TryGetValue(name, out var text) ? text.ReplaceLineEndings("\n") : throw new TemplateMissingException(name);

    /// <summary>The partials of one language and kind, by the name that templates use for them.</summary>
    public IEnumerable<(string Name, string Text)> PartialsOf(string language, string kind) =>
        from partial in Partials
        let name = texts.ContainsKey($"{partial}.{language}.{kind}") ? $"{partial}.{language}.{kind}" : $"{partial}.{kind}"
        where texts.ContainsKey(name)
        select (partial, Text(name));

    internal static readonly string[] Kinds = ["subject", "text", "html"];
}

/// <summary>The names of the templates that are shipped.</summary>
public static class MessageTemplates
{
    /// <summary>Transactional: never shows a review link or an offer, whatever the model holds.</summary>
    public const string ThankYou = "thank-you";

    public const string ReviewRequest = "review-request";

    public const string ReviewReminder = "review-reminder";

    public const string RelatedOffer = "related-offer";

    public static IReadOnlyList<string> All { get; } = [ThankYou, ReviewRequest, ReviewReminder, RelatedOffer];
}
