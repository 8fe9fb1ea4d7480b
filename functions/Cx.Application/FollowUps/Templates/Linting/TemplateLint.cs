using System.Text;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Templates;

/// <summary>What is wrong with a template, and what is worth a second look.</summary>
/// <param name="Errors">None: it can be saved.</param>
public sealed record TemplateCheck(IReadOnlyList<TemplateIssue> Errors, IReadOnlyList<TemplateIssue> Warnings);

/// <summary>What a template is checked for.</summary>
/// <param name="Uses">The steps that send it.</param>
/// <param name="Languages">In which the shop has the template, or it is shipped; the one that is checked included.</param>
internal sealed record TemplateContext(ShopFacts Shop, string Name, string Language, IReadOnlyList<TemplateUse> Uses, IReadOnlyCollection<string> Languages)
{
    public bool IsAlert => MessageTemplates.ToShop.Contains(Name) || (Uses.Count > 0 && Uses.All(u => u.To == StepRecipient.Shop));

    public bool IsMarketing => Uses.Any(u => u.Category == Category.Marketing);
}

/// <summary>Checks a template before it is saved: everything that is wrong at once, each with its place.</summary>
internal static class TemplateLint
{
    /// <summary>Characters of one part.</summary>
    private const int LongestPart = 256_000;

    /// <summary>Gmail hides what is beyond 102 KB of html (its help, "Message clipped").</summary>
    private const int ClippedAt = 102 * 1024;

    /// <summary>Readers show about so many characters of a subject.</summary>
    private const int LongSubject = 80;

    public static TemplateCheck Check(TemplateSources sources, TemplateContext context, string? subject, string? text, string? html)
    {
        var errors = new List<TemplateIssue>();
        var whole = new TemplateText(subject ?? "", text ?? "", html ?? "");
        foreach (var (kind, source) in new[] { ("subject", subject), ("text", text), ("html", html) })
        {
            if (string.IsNullOrWhiteSpace(source))
                errors.Add(new($"/{kind}", null, null, "is missing", kind == "text" ? "the message as plain text: some readers show nothing else, and filters ask for it" : "a text"));
            else if (source.Length > LongestPart)
                errors.Add(new($"/{kind}", null, null, $"is longer than {LongestPart:N0} characters", "a shorter text"));
            else if (source.Contains('\0'))
                errors.Add(At(kind, source, source.IndexOf('\0'), "holds U+0000", "take it away"));
            else
                errors.AddRange(PartLint.Check(sources, context, kind, source));
        }

        if (subject?.TrimEnd('\r', '\n').IndexOfAny(['\r', '\n']) is { } broken and >= 0)
            errors.Add(At("subject", subject, broken, "a subject is one line", "take the line break away"));
        if (errors.Count > 0)
            return new(errors, MissingLanguages(context));

        var (rendered, failures) = Render(sources, context, whole);
        errors.AddRange(failures);
        var without = context.IsAlert || context.Uses.Any(u => u.Category == Category.Transactional) && !context.IsMarketing ? []
            : rendered.SelectMany(r => PartsWithoutUnsubscribe(r, SampleMessage.UnsubscribeUrl)).Distinct().ToList();
        var missing = without.Select(part => new TemplateIssue(
            $"/{part}", null, null, "shows no link to unsubscribe", "{{> footer}}, or {{unsubscribeUrl}} where every reader sees it")).ToList();
        errors.AddRange(context.IsMarketing ? missing : []);
        return new(errors, [.. context.IsMarketing ? [] : missing.Select(m => m with { Message = m.Message + ", which marketing and service must have" }), .. Sizes(rendered), .. MissingLanguages(context)]);
    }

    /// <summary>The parts of a saved template in which some reader is not shown the link to unsubscribe; all where it cannot be rendered.</summary>
    public static IReadOnlyList<string> WithoutUnsubscribe(TemplateSources sources, ShopFacts shop, MessageTemplate template)
    {
        var (rendered, failures) = Render(sources, new(shop, template.Name, template.Language, [], []), template.Text!);
        return failures.Count > 0 ? ["text", "html"] : [.. rendered.SelectMany(r => PartsWithoutUnsubscribe(r, SampleMessage.UnsubscribeUrl)).Distinct()];
    }

    /// <summary>The parts of a message in which the link to unsubscribe is not shown.</summary>
    public static IReadOnlyList<string> PartsWithoutUnsubscribe(Rendered rendered, string url) =>
        [.. rendered.Text.Contains(url, StringComparison.Ordinal) ? Array.Empty<string>() : ["text"], .. HtmlLint.LinksTo(rendered.Html, url) ? Array.Empty<string>() : ["html"]];

    internal static TemplateIssue At(string kind, string source, int at, string message, string hint)
    {
        var before = source.AsSpan(0, Math.Clamp(at, 0, source.Length));
        return new($"/{kind}", before.Count('\n') + 1, before.Length - (before.LastIndexOf('\n') + 1) + 1, message, hint);
    }

    // With all that may be there, and with the least.
    private static (List<Rendered>, List<TemplateIssue>) Render(TemplateSources sources, TemplateContext context, TemplateText text)
    {
        var (rendered, failures) = (new List<Rendered>(), new List<TemplateIssue>());
        try
        {
            var compiled = new CompiledMessage(sources, new(context.Shop.Id, context.Name, context.Language, 0, text));
            MessageModel[] models = context.IsAlert
                ? [SampleMessage.Of(context.Shop, isAlert: true, DateTimeOffset.UnixEpoch)]
                : [SampleMessage.Of(context.Shop, isAlert: false, DateTimeOffset.UnixEpoch), SampleMessage.Least(context.Shop)];
            rendered.AddRange(models.Select(compiled.Render));
        }
        catch (TemplateFailedException e)
        {
            failures.Add(new("", null, null, e.Message, "render it with POST …/preview as you change it"));
        }

        return (rendered, failures);
    }

    private static IEnumerable<TemplateIssue> Sizes(IReadOnlyList<Rendered> rendered)
    {
        if (rendered.Select(r => Encoding.UTF8.GetByteCount(r.Html)).DefaultIfEmpty().Max() is > ClippedAt and var bytes)
            yield return new("/html", null, null, $"becomes {bytes / 1024} KB, of which Gmail hides all beyond 102 KB, the footer too", "less html");
        if (rendered.Select(r => r.Subject.Length).DefaultIfEmpty().Max() is > LongSubject and var characters)
            yield return new("/subject", null, null, $"becomes {characters} characters, of which readers show about {LongSubject}", "a shorter subject");
    }

    private static List<TemplateIssue> MissingLanguages(TemplateContext context)
    {
        var others = context.Shop.Languages.Select(l => l.ToLowerInvariant()).Where(l => TemplateRenderer.Tags(l).All(t => !context.Languages.Contains(t)));
        return
        [
            .. others.Select(l => new TemplateIssue("", null, null, $"there is no text in '{l}', which the shop also writes", $"PUT …/templates/{context.Name}/{l}; until then those customers are written to in another language")),
            .. context.Shop.Languages.SelectMany(TemplateRenderer.Tags).Contains(context.Language) || context.Language == "en" ? Array.Empty<TemplateIssue>()
                : [new("", null, null, $"the shop does not write '{context.Language}'", "add it to the shop's languages")],
        ];
    }
}
