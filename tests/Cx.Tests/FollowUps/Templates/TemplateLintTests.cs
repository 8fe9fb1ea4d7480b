using Cx.Application.FollowUps.Templates;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;

namespace Cx.Tests.FollowUps.Templates;

public class TemplateLintTests
{
    private const string Footer = "{{> footer}}";

    private static readonly ShopFacts Shop = ShopFacts.Of(new(new("bottega"), new("Bottega", "Europe/Rome", ["it", "en"]), Sending.On), []);

    public static IEnumerable<object[]> Shipped { get; } = [.. TemplateSources.Shipped.Templates.Select(t => new object[] { t.Name, t.Language })];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_shipped_template_has_nothing_wrong(string name, string language)
    {
        var text = TemplateSources.Shipped.Find(name, language)!;
        var check = Check(text.Subject, text.Text, text.Html, name, language, MarketingBut(name), languages: ["it", "en"]);

        Assert.Empty(check.Errors.Concat(check.Warnings).Select(Line));
    }

    /// <summary>Where no line is said, it is about the whole part.</summary>
    [Theory]
    [InlineData("{{shopNmae}}", "1:3 'shopNmae' is no field here")]
    [InlineData("<p>\n  {{ shopNmae }}</p>", "2:6 'shopNmae' is no field here")]
    [InlineData("{{shopName.length}}", "1:3 'shopName.length' is no field here")]
    [InlineData("{{constructor}}", "1:3 'constructor' is no field here")]
    [InlineData("{{this}}", "1:3 'this' is no field here")]
    [InlineData("{{@root}}", "1:3 '@root' is no field here")]
    [InlineData("{{lookup lines 0}}", "1:3 there is no helper 'lookup'")]
    [InlineData("{{#each lines}}{{shopName}}{{/each}}", "1:18 'shopName' is no field here")]
    [InlineData("{{#each shopName}}{{/each}}", "1:9 'shopName' is no list")]
    [InlineData("{{#with shopName}}{{/with}}", "1:9 'shopName' has no fields")]
    [InlineData("{{lines}}", "1:3 'lines' has fields, and cannot be shown itself")]
    [InlineData("{{total}}", "1:3 'total' is shown by a helper")]
    [InlineData("{{orderedAt}}", "1:3 'orderedAt' is shown by a helper")]
    [InlineData("{{total.currency}}", "1:3 'total.currency' fails where 'total' is not known")]
    [InlineData("{{alert.url}}", "1:3 'alert.url' fails where 'alert' is not known")]
    [InlineData("{{../shopName}}", "1:3 '../shopName' leads out of the template")]
    [InlineData("{{money shopName}}", "1:9 'money' does not take 'shopName'")]
    [InlineData("{{money}}", "1:3 'money' takes one value")]
    [InlineData("{{date orderedAt style='loud'}}", "1:18 'style' cannot be this")]
    [InlineData("{{date orderedAt format='x'}}", "1:18 'date' has no option 'format'")]
    [InlineData("{{plural itemCount one='x'}}", "1:3 'plural' needs other")]
    [InlineData("{{shout shopName}}", "1:3 there is no helper 'shout'")]
    [InlineData("{{{shopName}}}", "1:1 three braces show a value without escaping it")]
    [InlineData("{{#if firstName}}x", "1:1 the block 'if' is not closed")]
    [InlineData("{{#if firstName}}{{#each lines}}{{/if}}", "1:18 the block 'each' is not closed before '/if'")]
    [InlineData("x\n{{/if}}", "2:1 '/if' closes nothing")]
    [InlineData("{{else}}", "1:1 'else' stands in no block")]
    [InlineData("{{#if firstName}}{{else}}{{else}}{{/if}}", "1:26 the block's last way has begun: nothing follows its 'else'")]
    [InlineData("{{#if}}{{/if}}", "1:1 'if' takes one value")]
    [InlineData("{{#if true}}x{{/if}}", "1:7 'if' takes a field, not a text or a number")]
    [InlineData("{{#list lines}}{{/list}}", "1:1 there is no block 'list'")]
    [InlineData("{{#*inline 'x'}}{{/inline}}", "1:4 '*' cannot stand here")]
    [InlineData("{{&shopName}}", "1:3 '&' cannot stand here")]
    [InlineData("{{}}", "1:1 a tag is empty")]
    [InlineData("<p>{{shopName</p>", "1:4 a tag is not closed")]
    [InlineData("{{{{raw}}}}x{{{{/raw}}}}", "1:1 raw blocks cannot be used")]
    [InlineData("\\{{shopName}}", "1:1 braces cannot be escaped")]
    [InlineData("{{> nothing}}", "1:1 there is no partial 'nothing'")]
    [InlineData("{{> ../../etc/passwd}}", "1:1 there is no partial '../../etc/passwd'")]
    [InlineData("{{> (lookup this 'x')}}", "1:1 a partial is named as it is called")]
    [InlineData("{{> @partial-block}}", "1:1 there is no partial '@partial-block'")]
    [InlineData("{{> footer shopName}}", "1:12 a partial takes options, and no value")]
    [InlineData("<p>x", "1:1 <p> is not closed")]
    [InlineData("<p><b>x</p>", "1:4 <b> is not closed before </p>")]
    [InlineData("x</div>", "1:2 </div> closes nothing")]
    [InlineData("<p>x</p>\n<blurb>y</blurb>", "2:1 there is no element <blurb>")]
    [InlineData("<script>x</script>", "1:1 <script> cannot stand in a mail")]
    [InlineData("<form></form>", "1:1 <form> cannot stand in a mail")]
    [InlineData("<p onclick=\"x()\">y</p>", "1:1 'onclick' runs a script")]
    [InlineData("<p>x\n <a href=\"http://shop.example\">y</a></p>", "2:2 the link is not by https")]
    [InlineData("<a href=\"javascript:x()\">y</a>", "1:1 the link is not by https")]
    [InlineData("<a href=\"\">y</a>", "1:1 the link leads nowhere")]
    [InlineData("<a href=\"{{shopName}}\">y</a>", "1:10 what is shown here is no link")]
    [InlineData("<img src=\"https://shop.example/x.png\">", "1:1 the image has no alt")]
    [InlineData("<img src=\"http://shop.example/x.png\" alt=\"\">", "1:1 the image is not by https")]
    [InlineData("<a href=\"https://shop.example>y</a>", "1:1 <a> is not closed")]
    public void Each_mistake_is_told_with_its_place(string html, string expected)
    {
        var check = Check("s", "t", html);

        if (!expected.StartsWith("1:1 <a> is not closed", StringComparison.Ordinal))
            Assert.Equal([$"/html {expected}"], check.Errors.Select(Line));
        else
            Assert.Contains(check.Errors, e => e.Message == "the html ends within a tag");
        Assert.All(check.Errors.Where(e => e.Line is not null), e => Assert.NotNull(e.Hint));
    }

    [Theory]
    [InlineData("<p>{{firstName}}</p>")]
    [InlineData("{{#> layout}}<p>{{shopName}}</p>{{/layout}}")]
    [InlineData("{{#if firstName}}<p>{{firstName}}</p>{{else if orderNumber}}<p>{{orderNumber}}</p>{{else}}<p>x</p>{{/if}}")]
    [InlineData("{{#if firstName}}<p>{{else}}<p class=\"x\">{{/if}}y</p>")]
    [InlineData("{{#if total}}<p>{{total.currency}} {{money total}}</p>{{/if}}")]
    [InlineData("{{#with total}}<p>{{amount}}</p>{{else}}{{shopName}}{{/with}}")]
    [InlineData("{{#each lines}}<p>{{@index}} {{title}} {{money price}} {{../shopName}} {{@root.shopName}}</p>{{else}}{{shopName}}{{/each}}")]
    [InlineData("{{#each lines as |line i|}}<p>{{i}} {{line.title}}{{#if line.price}}{{line.price.currency}}{{/if}}</p>{{/each}}")]
    [InlineData("{{#each offers}}<a href=\"{{#if url}}{{url}}{{else}}https://shop.example{{/if}}\">{{title}}</a>{{/each}}")]
    [InlineData("<a href=\"https://shop.example/?order={{orderNumber}}\">x</a><a href=\"mailto:shop@shop.example\">y</a><a href=\"#top\">z</a>")]
    [InlineData("<!-- {{shopName}} --><style>a { color: red }</style><br><img src=\"https://shop.example/x.png\" alt=\"\">")]
    [InlineData("{{! a note }}{{!-- {{nothing}} --}}<p>{{~shopName~}}</p>")]
    [InlineData("<p>{{plural itemCount one=\"# article\" other=(number itemCount)}}</p>")]
    [InlineData("{{#unless firstName}}<p>x</p>{{/unless}}{{#if itemCount includeZero=true}}<p>y</p>{{/if}}")]
    public void What_is_right_is_taken(string html) => Assert.Empty(Check("s", "t", html).Errors.Select(Line));

    [Fact]
    public void Everything_wrong_is_told_at_once()
    {
        var check = Check("Hello\n{{nmae}}", " ", "<p>{{shopNmae}}\n{{#if firstName}}");

        Assert.Equal(
            [
                "/subject 1:6 a subject is one line", "/subject 2:3 'nmae' is no field here", "/text is missing", "/html 1:6 'shopNmae' is no field here", "/html 2:1 the block 'if' is not closed",
            ],
            check.Errors.Select(Line).OrderBy(l => l[1] switch { 's' => 0, 't' => 1, _ => 2 }).ThenBy(l => l, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{{> footer}}", "{{> footer}}", "")]
    [InlineData("x", "{{> footer}}", "/text")]
    [InlineData("{{> footer}}", "x", "/html")]
    [InlineData("{{> footer}}", "{{#if firstName}}{{> footer}}{{/if}}", "/html")]
    [InlineData("{{> footer}}", "{{#unless firstName}}{{> footer}}{{/unless}}", "/html")]
    [InlineData("{{> footer}}", "{{unsubscribeUrl}}", "/html")]
    [InlineData("{{> footer}}", "<!-- <a href=\"{{unsubscribeUrl}}\">x</a> -->", "/html")]
    [InlineData("{{unsubscribeUrl}}", "<a href=\"{{unsubscribeUrl}}\">x</a>", "")]
    public void Marketing_shows_everybody_how_to_unsubscribe(string text, string html, string missing)
    {
        var marketing = Check("s", text, html);
        Assert.Equal(missing, string.Join(' ', marketing.Errors.Select(e => e.Pointer)));

        // Nothing sends it yet: it may become marketing.
        var unused = Check("s", text, html, uses: []);
        Assert.Empty(unused.Errors);
        Assert.Equal(missing, string.Join(' ', unused.Warnings.Select(e => e.Pointer)));

        Assert.Empty(Check("s", text, html, uses: [Use(Category.Transactional)]).Warnings);
    }

    [Fact]
    public void What_is_hidden_by_readers_or_missing_is_warned_of()
    {
        var check = Check(new string('s', 81), Footer, $"<p>{new string('x', 105_000)}</p>{Footer}", languages: ["it"]);

        Assert.Empty(check.Errors);
        Assert.Equal(
            [
                "/html becomes 102 KB, of which Gmail hides all beyond 102 KB, the footer too", "/subject becomes 81 characters, of which readers show about 80",
                " there is no text in 'en', which the shop also writes",
            ],
            check.Warnings.Select(Line).Select(l => l.Replace("103 KB", "102 KB", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{{#if firstName}}", "{{/if}}", 10_000)]
    [InlineData("{{#each lines}}", "{{/each}}", 10_000)]
    [InlineData("{{plural itemCount other=(", ")}}", 10_000)]
    [InlineData("{{((((", "", 10_000)]
    [InlineData("<div>", "</div>", 20_000)]
    [InlineData("{{shopName}}", "", 20_000)]
    [InlineData("{{#if ", "", 20_000)]
    [InlineData("{{{", "", 20_000)]
    [InlineData("{{\"", "", 20_000)]
    [InlineData("{{!--", "", 20_000)]
    [InlineData("{{#> layout}}", "{{/layout}}", 10_000)]
    [InlineData("<a href=\"", "", 20_000)]
    public void A_hostile_template_is_refused_or_taken_but_always_answered(string open, string close, int times) =>
        Assert.NotNull(Check("s", "t", string.Concat(Enumerable.Repeat(open, times)) + string.Concat(Enumerable.Repeat(close, times))));

    [Fact]
    public void What_costs_too_much_is_refused()
    {
        // The sample has two lines: sixteen loops within each other turn 65,536 times.
        var loops = string.Concat(Enumerable.Range(0, 14).Select(i => $"{{{{#each {string.Concat(Enumerable.Repeat("../", i))}lines}}}}"));
        var html = loops + new string('x', 200) + string.Concat(Enumerable.Repeat("{{/each}}", 14));

        Assert.Contains(Check("s", Footer, html + Footer).Errors, e => e.Message.Contains("longer than 1,000,000 characters", StringComparison.Ordinal));
    }

    private static TemplateCheck Check(
        string? subject, string? text, string? html, string name = "news", string language = "it", IReadOnlyList<TemplateUse>? uses = null, IReadOnlyCollection<string>? languages = null)
    {
        var check = TemplateLint.Check(TemplateSources.Shipped, new(Shop, name, language, uses ?? [Use(Category.Marketing)], languages ?? ["it", "en"]), subject, text, html);

        // What only says that this piece is no whole message.
        return uses is null && languages is null && text is "t" ? check with { Errors = [.. check.Errors.Where(e => e.Message != "shows no link to unsubscribe")] } : check;
    }

    private static TemplateUse Use(Category category, StepRecipient to = default) => new("news", 1, "send", category, to);

    private static IReadOnlyList<TemplateUse> MarketingBut(string name) =>
        [MessageTemplates.ToShop.Contains(name) ? Use(Category.Service, StepRecipient.Shop) : Use(name == MessageTemplates.ThankYou ? Category.Transactional : Category.Marketing)];

    private static string Line(TemplateIssue issue) => issue.Line is { } line ? $"{issue.Pointer} {line}:{issue.Column} {issue.Message}" : $"{issue.Pointer} {issue.Message}";
}
