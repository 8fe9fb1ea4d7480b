using System.Security.Cryptography;
using System.Text;
using Cx.Application.FollowUps.Unsubscribing;

namespace Cx.Tests.FollowUps.Unsubscribing;

public class UnsubscribeLinksTests
{
    private static readonly Uri Public = new("https://cx.example/base");
    private static readonly byte[] Old = RandomNumberGenerator.GetBytes(32), New = RandomNumberGenerator.GetBytes(32);
    private static readonly UnsubscribeScope Scope = new("bottega", "01JD0000000000000000000000", "email", "marketing");
    private static readonly UnsubscribeLinks Links = new([(1, Old), (2, New)], Public);

    [Fact]
    public void A_token_reads_back() => Assert.Equal(Scope, Links.TryRead(Links.Token(Scope)));

    [Fact]
    public void The_link_and_the_headers_are_those_of_RFC_8058()
    {
        var headers = Links.Headers(Scope);

        Assert.Equal($"https://cx.example/base/u/{Links.Token(Scope)}", Links.Link(Scope).AbsoluteUri);
        Assert.Equal($"<{Links.Link(Scope).AbsoluteUri}>", headers["List-Unsubscribe"]);
        Assert.Equal("List-Unsubscribe=One-Click", headers["List-Unsubscribe-Post"]);
    }

    [Fact]
    public void An_old_message_still_unsubscribes_after_a_rotation()
    {
        var before = new UnsubscribeLinks([(1, Old)], Public).Token(Scope);

        Assert.NotEqual(before, Links.Token(Scope));
        Assert.Equal(Scope, Links.TryRead(before));
        Assert.Null(new UnsubscribeLinks([(2, New)], Public).TryRead(before));
        Assert.Null(new UnsubscribeLinks([(1, New)], Public).TryRead(before));
    }

    [Fact]
    public void Every_changed_character_makes_it_worthless()
    {
        var token = Links.Token(Scope);
        for (var i = 0; i < token.Length; i++)
        {
            var forged = token.ToCharArray();
            forged[i] = forged[i] == 'A' ? 'B' : 'A';
            Assert.Null(Links.TryRead(new string(forged)));
        }
    }

    [Fact]
    public void A_token_has_one_spelling()
    {
        // Its last character carries bits that mean nothing: the others with the same meaning are not taken.
        var token = Links.Token(Scope);
        var others = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".Where(c => c != token[^1]);

        Assert.All(others, c => Assert.Null(Links.TryRead(token[..^1] + c)));
        Assert.Null(Links.TryRead(token + "="));
        Assert.Null(Links.TryRead(" " + token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("%%%")]
    [InlineData("AQ")]
    [InlineData("AgAAAAAAAAAAAAAAAAAAAAAA")]
    public void Nonsense_is_not_ours(string token) => Assert.Null(Links.TryRead(token));

    [Fact]
    public void A_cut_or_endless_token_is_not_ours()
    {
        var token = Links.Token(Scope);
        Assert.All(Enumerable.Range(0, token.Length), length => Assert.Null(Links.TryRead(token[..length])));
        Assert.Null(Links.TryRead(new string('A', 1_000_000)));
    }

    [Fact]
    public void Values_cannot_slide_from_one_field_into_the_next() =>
        Assert.NotEqual(Links.Token(new("ab", "c", "email", "x")), Links.Token(new("a", "bc", "email", "x")));

    [Theory]
    [InlineData("http://cx.example")]
    [InlineData("ftp://cx.example")]
    [InlineData("https://cx.example/?a=b")]
    [InlineData("https://u:p@cx.example/")]
    public void A_public_url_must_be_https(string url) =>
        Assert.Contains("Cx__PublicUrl", Assert.Throws<ArgumentException>(() => new UnsubscribeLinks([(1, Old)], new Uri(url))).Message, StringComparison.Ordinal);

    [Fact]
    public void On_this_machine_http_will_do() => Assert.StartsWith("http://127.0.0.1:7071/u/", new UnsubscribeLinks([(1, Old)], new("http://127.0.0.1:7071")).Link(Scope).AbsoluteUri, StringComparison.Ordinal);

    [Fact]
    public void Weak_keys_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new UnsubscribeLinks([(1, Encoding.ASCII.GetBytes("short"))], Public));
        Assert.Throws<ArgumentException>(() => new UnsubscribeLinks([], Public));
    }

    [Theory]
    [InlineData("it-IT", "lang=\"it\"")]
    [InlineData("en", "lang=\"en\"")]
    [InlineData(null, "lang=\"en\"")]
    public void The_page_asks_with_a_form_that_posts_the_one_click(string? language, string lang)
    {
        var page = UnsubscribePage.Ask(language, "<b>Bob's</b>");

        Assert.Contains(lang, page, StringComparison.Ordinal);
        Assert.Contains("<form method=\"post\">", page, StringComparison.Ordinal);
        Assert.Contains("name=\"List-Unsubscribe\" value=\"One-Click\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", UnsubscribePage.Done(language, "Shop") + UnsubscribePage.Invalid(language), StringComparison.Ordinal);
    }
}
