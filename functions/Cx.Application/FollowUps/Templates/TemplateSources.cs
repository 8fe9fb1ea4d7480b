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

    /// <summary>Whether the template exists in this language. A half-made one (no text part, say) counts, so that it is found out and not fallen over.</summary>
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
