using System.Text;
using System.Text.RegularExpressions;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>What mail programs need, which a browser does not show.</summary>
public sealed partial class ShippedLookTests
{
    public static TheoryData<string, string> Shipped() => ShippedMessages.Names();

    [Theory, MemberData(nameof(Shipped))]
    public void A_message_is_small_and_loads_nothing(string template, string language)
    {
        var html = ShippedMessages.Render(template, language).Html;

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1, 20_480);                   // Gmail cuts at 102 KB
        Assert.DoesNotMatch(@"(?i)<(link|script|img|iframe|object|form)\b|url\(|@import|@font-face|\b(src|srcset|background)=", html);
    }

    [Theory, MemberData(nameof(Shipped))]
    public void A_message_has_what_mail_programs_go_by(string template, string language)
    {
        var html = ShippedMessages.Render(template, language).Html;

        Assert.Equal(2, Regex.Count(html, $"lang=\"{language}\""));                     // also on the table: some programs drop <html>
        Assert.Contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", html, StringComparison.Ordinal);
        Assert.Contains("<meta name=\"color-scheme\" content=\"light dark\">", html, StringComparison.Ordinal);
        Assert.Matches("<title>[^<]+</title>", html);
        Assert.Single(Heading().Matches(html));
        Assert.All(Table().Matches(html), t => Assert.True(t.Value.Contains("role=\"presentation\"", StringComparison.Ordinal) || html[t.Index..].Contains("<th scope=\"row\"", StringComparison.Ordinal)));
        Assert.All(Link().Matches(html), a => Assert.Contains("style=\"", a.Value, StringComparison.Ordinal));
    }

    /// <summary>Lines of at most 78 columns (RFC 5322 §2.1.1), but for a link or a title, which stay whole.</summary>
    [Theory, MemberData(nameof(Shipped))]
    public void The_text_part_reads_well(string template, string language)
    {
        var text = ShippedMessages.Render(template, language).Text;

        Assert.All(
            text.Split('\n').Where(l => !l.Contains("://", StringComparison.Ordinal) && !l.Contains(ShippedMessages.LongTitle, StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 78));
        Assert.All(text.Split('\n').Where(l => l.Contains("://", StringComparison.Ordinal)), line => Assert.Matches(@"^ *https://\S+$", line));
        Assert.DoesNotMatch("(?m) $", text);
        Assert.DoesNotContain("\n\n\n", text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Shipped))]
    public void Every_link_of_the_html_stands_in_the_text_as_well(string template, string language)
    {
        var message = ShippedMessages.Render(template, language);

        Assert.All(
            Link().Matches(message.Html).Select(a => System.Net.WebUtility.HtmlDecode(a.Groups[1].Value)),
            link => Assert.Contains(link, message.Text, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Shipped))]
    public void The_footer_says_who_writes(string template, string language)
    {
        var message = ShippedMessages.Render(template, language);
        var without = ShippedMessages.Render(template, language, m => m with { PostalAddress = null });

        Assert.Contains(ShippedMessages.ShopName, message.Text.Split("\n--\n")[1], StringComparison.Ordinal);
        Assert.Equal(template != "owed-answer", message.Text.Contains("Via Garibaldi 12", StringComparison.Ordinal));
        Assert.DoesNotContain("Garibaldi", without.Text + without.Html, StringComparison.Ordinal);
    }

    [GeneratedRegex("<h1[ >]")]
    private static partial Regex Heading();

    [GeneratedRegex("<table[^>]*>")]
    private static partial Regex Table();

    [GeneratedRegex("<a href=\"([^\"]*)\"[^>]*>")]
    private static partial Regex Link();
}
