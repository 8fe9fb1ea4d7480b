using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HandlebarsDotNet;

namespace Cx.Application.FollowUps.Templates;

/// <summary>A template, or one of its parts, does not exist.</summary>
public sealed class TemplateMissingException(string name) : Exception($"There is no template '{name}'.")
{
    public string Template { get; } = name;
}

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

/// <summary>One template in one language, compiled.</summary>
internal sealed class CompiledMessage
{
    /// <summary>In characters. A subject with a long title or shop's name in it is cut: readers show less than this, and some filters take more for spam.</summary>
    private const int LongestSubject = 200;

    private readonly string language;
    private readonly string version;
    private readonly HandlebarsTemplate<object, object> subject, text, html;

    public CompiledMessage(TemplateSources sources, string template, string language)
    {
        this.language = language;
        var read = new StringBuilder();
        subject = Compile("subject", escaped: false);
        text = Compile("text", escaped: false);
        html = Compile("html", escaped: true);
        version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(read.ToString())).AsSpan(0, 8));

        HandlebarsTemplate<object, object> Compile(string kind, bool escaped)
        {
            // A member that a template misspells throws instead of printing nothing.
            var handlebars = Handlebars.Create(new HandlebarsConfiguration { NoEscape = !escaped, TextEncoder = new HtmlEncoder(), ThrowOnUnresolvedBindingExpression = true });
            foreach (var (name, partial) in sources.PartialsOf(language, kind))
            {
                handlebars.RegisterTemplate(name, partial.TrimEnd('\n'));
                Note(name, partial);
            }

            var source = sources.Text($"{template}.{language}.{kind}");
            Note(kind, source);
            return handlebars.Compile(source);
        }

        // The length before each source: text that moves from one source to the next changes the version.
        void Note(string name, string source) => read.Append(name).Append(':').Append(source.Length).Append('\n').Append(source);
    }

    public Rendered Render(MessageModel model)
    {
        var values = TemplateValues.Of(model, language);
        return new(PlainLine.Shortened(PlainLine.Of(subject(values)), LongestSubject), Lines(text(values)), Lines(html(values)), language, version);
    }

    private static string Lines(string value) => value.ReplaceLineEndings("\n").Trim('\n') + "\n";
}

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

    public static IReadOnlyList<string> ToCustomers { get; } =
        [ThankYou, ReviewRequest, ReviewReminder, RelatedOffer, "service-apology", "service-mended", "checkout-help", "win-back"];

    /// <summary>Alerts: nothing in them is about a person but ids.</summary>
    public static IReadOnlyList<string> ToShop { get; } = ["owed-answer"];
}
