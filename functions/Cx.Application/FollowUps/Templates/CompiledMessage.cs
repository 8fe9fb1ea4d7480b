using System.Security.Cryptography;
using System.Text;
using HandlebarsDotNet;

namespace Cx.Application.FollowUps.Templates;

/// <summary>One template in one language, ready to run.</summary>
internal sealed class CompiledMessage
{
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

        // Lengths keep two sources from being taken for one another when text moves between them.
        void Note(string name, string source) => read.Append(name).Append(':').Append(source.Length).Append('\n').Append(source);
    }

    public Rendered Render(MessageModel model)
    {
        var view = MessageView.Of(model, language);
        return new(PlainLine.Of(subject(view)), Lines(text(view)), Lines(html(view)), language, version);
    }

    private static string Lines(string value) => value.ReplaceLineEndings("\n").Trim('\n') + "\n";
}
