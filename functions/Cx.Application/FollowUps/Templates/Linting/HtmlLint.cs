using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Dom.Events;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;

namespace Cx.Application.FollowUps.Templates;

/// <summary>
/// Checks the html of a template with its tags blanked out: that every element is known and closed, and that it holds nothing that mail readers refuse,
/// or that makes them warn of a mail.
/// </summary>
internal static class HtmlLint
{
    /// <summary>Stands for each character of a tag that shows a value.</summary>
    public const char Shown = '\uE000';

    // Mail readers take them away, or take the mail for fraud.
    private static readonly HashSet<string> Refused = new(StringComparer.Ordinal)
    {
        "script", "form", "input", "button", "textarea", "select", "option", "iframe", "frame", "frameset", "object", "embed", "applet", "base",
    };

    private static readonly string[] Schemes = ["https:", "mailto:", "tel:", "sms:"];

    private static readonly IHtmlDocument Elements = new HtmlParser().ParseDocument("");

    /// <param name="html">As long as the source, so that places are the same.</param>
    /// <param name="showsLink">Whether the tag at a place shows a link.</param>
    /// <param name="report">Given the place, from 0.</param>
    public static void Check(string html, Func<int, bool> showsLink, Action<int, string, string> report)
    {
        var open = new Stack<(string Name, int At)>();
        var options = new HtmlParserOptions { OnToken = (token, range) => See(token, range.Start.Position - 1) };
        var parser = new HtmlParser(options);
        parser.Error += (_, e) =>
        {
            if (e is HtmlErrorEvent { Code: (int)HtmlParseError.EOF } error)
            {
                report(Math.Clamp(error.Position.Position - 1, 0, Math.Max(0, html.Length - 1)), "the html ends within a tag", "close its quotes and its bracket");
            }
        };
        using var document = parser.ParseDocument(html);
        foreach (var (name, at) in open.Reverse())
        {
            report(at, $"<{name}> is not closed", $"</{name}>");
        }

        void See(HtmlToken token, int at)
        {
            switch (token)
            {
                case HtmlTagToken { Type: HtmlTokenType.StartTag } tag:
                    Start(tag, at);
                    break;
                case HtmlTagToken { Type: HtmlTokenType.EndTag } tag when open.Any(o => o.Name == tag.Name):
                    while (open.Pop() is var (name, opened) && name != tag.Name)
                    {
                        report(opened, $"<{name}> is not closed before </{tag.Name}>", $"</{name}>");
                    }

                    break;
                case HtmlTagToken { Type: HtmlTokenType.EndTag } tag:
                    report(at, $"</{tag.Name}> closes nothing", "take it away, or open it");
                    break;
            }
        }

        void Start(HtmlTagToken tag, int at)
        {
            var element = Elements.CreateElement(tag.Name);
            if (Refused.Contains(tag.Name))
            {
                report(at, $"<{tag.Name}> cannot stand in a mail", "a link to a page of the shop");
            }
            else if (element is IHtmlUnknownElement)
            {
                report(at, $"there is no element <{tag.Name}>", "an element of HTML");
            }

            if (!element.Flags.HasFlag(NodeFlags.SelfClosing))
            {
                open.Push((tag.Name, at));
            }

            foreach (var attribute in tag.Attributes)
            {
                if (attribute.Name.StartsWith("on", StringComparison.Ordinal))
                {
                    report(at, $"'{attribute.Name}' runs a script", "take it away: mail readers run none");
                }
                else if ((attribute.Name is "href" && tag.Name is "a" or "area") || attribute.Name is "src" or "background")
                {
                    Link(attribute.Value.Trim(), at, isLink: attribute.Name is "href");
                }
            }

            if (tag.Name is "img" && tag.Attributes.All(a => a.Name != "alt"))
            {
                report(at, "the image has no alt", "alt=\"what it shows\"; alt=\"\" where it only decorates");
            }

            if (tag.Name is "meta" && tag.Attributes.Any(a => a.Name == "http-equiv" && a.Value.Equals("refresh", StringComparison.OrdinalIgnoreCase)))
            {
                report(at, "the mail sends its reader elsewhere by itself", "a link");
            }
        }

        void Link(string value, int at, bool isLink)
        {
            if (value.Length == 0)
            {
                report(at, isLink ? "the link leads nowhere" : "the image has no address", "https://…");
            }
            else if (value[0] == Shown)
            {
                var shown = html.IndexOf(Shown, at);
                if (!showsLink(shown))
                {
                    report(shown, "what is shown here is no link", "a field that is a link, or https://… before it");
                }
            }
            else if (!(isLink && value[0] == '#') && !Schemes.Take(isLink ? Schemes.Length : 1).Any(s => value.StartsWith(s, StringComparison.OrdinalIgnoreCase)))
            {
                report(at, isLink ? "the link is not by https" : "the image is not by https", "https://…");
            }
        }
    }

    /// <summary>Whether a link of the html leads to an address.</summary>
    public static bool LinksTo(string html, string url)
    {
        using var document = new HtmlParser().ParseDocument(html);
        return document.Links.Any(l => l.GetAttribute("href") == url);
    }
}
