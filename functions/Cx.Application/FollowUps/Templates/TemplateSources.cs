using Cx.Domain.FollowUps.Templates;

namespace Cx.Application.FollowUps.Templates;

/// <summary>
/// Template texts by name: <c>{template}.{language}.{subject|text|html}</c>, and partials <c>{partial}[.{language}].{text|html}</c>: what has no subject is one.
/// </summary>
public sealed class TemplateSources
{
    private const string Extension = ".hbs";
    private const string Folder = "Cx.Application.Templates.";

    internal static readonly string[] Kinds = ["subject", "text", "html"];

    private readonly IReadOnlyDictionary<string, string> texts;

    public TemplateSources(IReadOnlyDictionary<string, string> texts)
    {
        this.texts = texts;
        var names = texts.Keys.Select(k => k.Split('.')).ToList();
        Templates = names.Where(n => n[^1] == "subject").Select(n => (n[0], n[1])).ToHashSet();
        Partials = [.. names.Select(n => n[0]).Except(Templates.Select(t => t.Name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>The shipped ones, from this assembly's resources.</summary>
    public static TemplateSources Shipped { get; } = Read();

    /// <summary>The names of templates and the languages that each has.</summary>
    public IReadOnlySet<(string Name, string Language)> Templates { get; }

    /// <summary>The names of partials.</summary>
    public IReadOnlyList<string> Partials { get; }

    /// <summary>A template in one language; none where it has none in it.</summary>
    /// <exception cref="TemplateMissingException">It lacks a part.</exception>
    public TemplateText? Find(string template, string language) =>
        Templates.Contains((template, language)) ? new(Text($"{template}.{language}.subject"), Text($"{template}.{language}.text"), Text($"{template}.{language}.html")) : null;

    /// <summary>The partials of one language and kind, by the name that templates use for them. A language that has none of its own takes the English one.</summary>
    public IEnumerable<(string Name, string Text)> PartialsOf(string language, string kind) =>
        from partial in Partials
        let name = new[] { $"{partial}.{language}.{kind}", $"{partial}.{language.Split('-')[0]}.{kind}", $"{partial}.{kind}", $"{partial}.en.{kind}" }.FirstOrDefault(texts.ContainsKey)
        where name is not null
        select (partial, Text(name));

    private string Text(string name) => texts.TryGetValue(name, out var text) ? text.ReplaceLineEndings("\n") : throw new TemplateMissingException(name);

    private static TemplateSources Read()
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
}

/// <summary>The names of the templates that are shipped.</summary>
public static class MessageTemplates
{
    /// <summary>Transactional: never shows a review link or an offer, whatever the model holds.</summary>
    public const string ThankYou = "thank-you";

    public const string ReviewRequest = "review-request";

    public const string ReviewReminder = "review-reminder";

    public const string RelatedOffer = "related-offer";

    public static IReadOnlyList<string> ToCustomers { get; } =
        [ThankYou, ReviewRequest, ReviewReminder, RelatedOffer, "service-apology", "service-mended", "checkout-help", "win-back"];

    /// <summary>Alerts: nothing in them is about a person but ids.</summary>
    public static IReadOnlyList<string> ToShop { get; } = ["owed-answer"];
}
