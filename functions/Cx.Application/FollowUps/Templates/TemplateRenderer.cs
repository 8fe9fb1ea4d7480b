using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Cx.Domain;
using Cx.Domain.FollowUps.Templates;
using HandlebarsDotNet;

namespace Cx.Application.FollowUps.Templates;

/// <summary>A template, or one of its parts, does not exist.</summary>
public sealed class TemplateMissingException(string name) : Exception($"There is no template '{name}'.")
{
    public string Template { get; } = name;
}

/// <summary>A template cannot be rendered with the values that it was given; the reason holds none of them.</summary>
public sealed class TemplateFailedException(string template, string reason, Exception? inner = null) : Exception($"The template '{template}' cannot be rendered: {reason}", inner);

/// <summary>The template that a message is rendered from.</summary>
/// <param name="Shop">Whose own it is; none: it is shipped.</param>
/// <param name="Version">Of the shop's own; 0: it is shipped.</param>
public sealed record ChosenTemplate(ShopId? Shop, string Name, string Language, int Version, TemplateText Text);

/// <summary>Renders messages from Handlebars templates. The latest that were used stay compiled.</summary>
public sealed class TemplateRenderer(TemplateSources sources)
{
    private const string LastResort = "en";

    private readonly RecentlyUsed<ChosenTemplate, CompiledMessage> compiled = new(capacity: 200);

    public TemplateRenderer()
        : this(TemplateSources.Shipped)
    {
    }

    public TemplateSources Sources { get; } = sources;

    /// <summary>The languages in which a template is looked for, the best first: it-IT, it, the shop's first, en.</summary>
    public static IEnumerable<string> Languages(string? asked, string shopLanguage) => Tags(asked).Concat(Tags(shopLanguage)).Append(LastResort).Distinct(StringComparer.Ordinal);

    /// <summary>A shipped template in the first language that has it.</summary>
    public ChosenTemplate? Shipped(string template, string? language, string shopLanguage) =>
        Languages(language, shopLanguage).Select(l => Sources.Find(template, l) is { } text ? new ChosenTemplate(null, template, l, 0, text) : null).FirstOrDefault(t => t is not null);

    /// <summary>Renders a shipped template.</summary>
    /// <exception cref="TemplateMissingException">No language of the chain has it, or a part of it is missing.</exception>
    /// <exception cref="TemplateFailedException">It asks for what the model does not have.</exception>
    public Rendered Render(string template, string? language, MessageModel model) =>
        Render(Shipped(template, language, model.ShopLanguage) ?? throw new TemplateMissingException(template), model);

    /// <exception cref="TemplateFailedException">It asks for what the model does not have, or for more than a message may cost.</exception>
    public Rendered Render(ChosenTemplate template, MessageModel model) => compiled.Get(template, t => new(Sources, t)).Render(model);

    // "it-IT", then "it". Shops write tags in every case and with underscores.
    internal static IEnumerable<string> Tags(string? tag)
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
internal sealed partial class CompiledMessage
{
    /// <summary>In characters. A subject with a long title or shop's name in it is cut: readers show less than this, and some filters take more for spam.</summary>
    private const int LongestSubject = 200;

    private readonly ChosenTemplate template;
    private readonly CultureInfo culture;
    private readonly string version;
    private readonly Part subject, text, html;

    private sealed record Part(HandlebarsTemplate<TextWriter, object, object> Template, int Tags);

    /// <exception cref="TemplateFailedException">It is no Handlebars.</exception>
    public CompiledMessage(TemplateSources sources, ChosenTemplate template)
    {
        this.template = template;
        culture = CultureInfo.GetCultureInfo(template.Language);
        var read = new StringBuilder();
        subject = Compile("subject", template.Text.Subject, escaped: false);
        text = Compile("text", template.Text.Text, escaped: false);
        html = Compile("html", template.Text.Html, escaped: true);
        version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(read.ToString())).AsSpan(0, 8));

        Part Compile(string kind, string source, bool escaped)
        {
            // A member that a template misspells throws instead of printing nothing.
            var configuration = new HandlebarsConfiguration
            {
                NoEscape = !escaped,
                TextEncoder = new HtmlEncoder(),
                ThrowOnUnresolvedBindingExpression = true,
                FormatProvider = culture,
                PartialTemplateResolver = new NoPartialFiles(),
                PartialRecursionDepthLimit = 10,
            };
            configuration.ObjectDescriptorProviders.Add(new TemplateValuesAlone());
            TemplateHelpers.Register(configuration, template.Language);
            var handlebars = Handlebars.Create(configuration);
            try
            {
                var partials = sources.PartialsOf(template.Language, kind).ToDictionary(p => p.Name, p => p.Text, StringComparer.Ordinal);
                foreach (var name in Named(source, partials))
                {
                    handlebars.RegisterTemplate(name, Unindented(partials[name].TrimEnd('\n'), escaped));
                }

                foreach (var (name, partial) in partials)
                {
                    Note(name, partial);
                }

                Note(kind, source);
                using var reader = new StringReader(Unindented(source, escaped));
                return new(handlebars.Compile(reader), Math.Max(1, source.Split("{{").Length - 1));
            }
            catch (Exception e)
            {
                throw new TemplateFailedException(template.Name, "its Handlebars cannot be read.", e);
            }
        }

        // The length before each source: text that moves from one source to the next changes the version.
        void Note(string name, string source) => read.Append(name).Append(':').Append(source.Length).Append('\n').Append(source);
    }

    public Rendered Render(MessageModel model)
    {
        var budget = new RenderBudget();
        var values = TemplateFields.Values(model, template.Language, budget);
        var title = PlainLine.Shortened(PlainLine.Of(Written(subject)), LongestSubject);
        return new(title, Lines(Written(text)), Lines(Written(html)), template.Language, version) { Number = template.Version };

        string Written(Part part)
        {
            budget.CostOfTurn = part.Tags;
            using var writer = new BoundedWriter(culture);
            try
            {
                part.Template(writer, values);
                return writer.ToString();
            }
            catch (Exception e) when (Bounds(e) is { } bounds)
            {
                throw new TemplateFailedException(template.Name, bounds.Message, e);
            }
            catch (Exception e)
            {
                throw new TemplateFailedException(template.Name, "it asks for something that the message does not have.", e);
            }
        }
    }

    // Handlebars wraps what fails within a partial.
    private static TemplateBoundsException? Bounds(Exception? e)
    {
        while (e is not null and not TemplateBoundsException)
        {
            e = e.InnerException;
        }

        return (TemplateBoundsException?)e;
    }

    // Compiling takes most of the time: what is not named is not compiled.
    private static HashSet<string> Named(string source, Dictionary<string, string> partials)
    {
        var (found, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>([source]));
        while (next.TryDequeue(out var text))
        {
            foreach (var name in Partial().Matches(text).Select(m => m.Groups[1].Value).Where(n => partials.ContainsKey(n) && found.Add(n)))
            {
                next.Enqueue(partials[name]);
            }
        }

        return found;
    }

    // A partial that stands indented on a line of its own is rendered by Handlebars.Net without escaping its values and into a text without bounds, to
    // indent what it gives. In a part that is not escaped, our own partials may stay indented; blocks may hold anything.
    private static string Unindented(string source, bool escaped) => (escaped ? IndentedPartial() : IndentedBlock()).Replace(source, "");

    private static string Lines(string value) => value.ReplaceLineEndings("\n").Trim('\n') + "\n";

    [GeneratedRegex(@"\{\{~?#?>\s*([\w-]+)")]
    private static partial Regex Partial();

    [GeneratedRegex(@"^[ \t]+(?=\{\{~?#?>)", RegexOptions.Multiline)]
    private static partial Regex IndentedPartial();

    [GeneratedRegex(@"^[ \t]+(?=\{\{~?#>)", RegexOptions.Multiline)]
    private static partial Regex IndentedBlock();
}

/// <summary>Keeps the values that were used last; what is made for a key is made once while it is kept.</summary>
internal sealed class RecentlyUsed<TKey, TValue>(int capacity) where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, Lazy<TValue> Value)>> known = [];
    private readonly LinkedList<(TKey Key, Lazy<TValue> Value)> order = [];

    public int Count
    {
        get
        {
            lock (gate)
            {
                return known.Count;
            }
        }
    }

    public TValue Get(TKey key, Func<TKey, TValue> make)
    {
        Lazy<TValue> value;
        lock (gate)
        {
            if (known.TryGetValue(key, out var node))
            {
                order.Remove(node);
            }
            else
            {
                known[key] = node = new((key, new(() => make(key))));
            }

            order.AddLast(node);
            if (known.Count > capacity)
            {
                known.Remove(order.First!.Value.Key);
                order.RemoveFirst();
            }

            value = node.Value.Value;
        }

        return value.Value;
    }
}
