using Cx.Application.FollowUps.Templates;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>A template reads what it was given and nothing else, and costs no more than a message may.</summary>
public class ContainmentTests
{
    private static readonly TemplateRenderer Renderer = new();

    private static readonly MessageModel Model = new(
        "<Shop & Co>", "en", "Zoë", "#1", [.. Enumerable.Range(1, 100).Select(i => new MessageLine($"<b>{i}</b>", i, new Money(1.5m, "EUR")))],
        [new("Beans", "https://shop.example/1", OfferKind.BestSeller)], "https://shop.example/review", "https://cx.example/u/token");

    /// <summary>Each is refused, or shows nothing.</summary>
    [Theory]
    [InlineData("{{constructor}}")]
    [InlineData("{{this.GetType}}")]
    [InlineData("{{GetType}}")]
    [InlineData("{{__proto__}}")]
    [InlineData("{{shopName.Length}}")]
    [InlineData("{{shopName.constructor.name}}")]
    [InlineData("{{itemCount.Scale}}")]
    [InlineData("{{lines.Count}}")]
    [InlineData("{{lines.length}}")]
    [InlineData("{{lines.[0].title}}")]
    [InlineData("{{this}}")]
    [InlineData("{{.}}")]
    [InlineData("{{@root}}")]
    [InlineData("{{@root.Names}}")]
    [InlineData("{{@data}}")]
    [InlineData("{{lookup this 'Names'}}")]
    [InlineData("{{lookup lines 'items'}}")]
    [InlineData("{{#with shopName}}{{Length}}{{/with}}")]
    [InlineData("{{#each this}}{{@key}}{{/each}}")]
    [InlineData("{{#each shopName}}{{this}}{{/each}}")]
    [InlineData("{{../this}}")]
    [InlineData("{{../../shopName}}")]
    [InlineData("{{> ../../../etc/passwd}}")]
    [InlineData("{{> /etc/passwd}}")]
    [InlineData("{{> (lookup this 'shopName')}}")]
    [InlineData("{{> appsettings}}")]
    [InlineData("{{Environment.MachineName}}")]
    [InlineData("{{System.Environment.MachineName}}")]
    public void Nothing_but_the_fields_is_read(string hostile)
    {
        foreach (var kind in new[] { "html", "text", "subject" })
        {
            try
            {
                Assert.Equal("", Part(kind, Rendered(kind, hostile)).Trim('\n'));
            }
            catch (TemplateFailedException e)
            {
                Assert.Equal("The template 't' cannot be rendered: it asks for something that the message does not have.", e.Message.Replace("its Handlebars cannot be read", "it asks for something that the message does not have", StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("{{#each lines}}{{#each ../lines}}{{#each ../../lines}}{{#each ../../../lines}}{{/each}}{{/each}}{{/each}}{{/each}}", "more steps")]
    [InlineData("{{#each lines}}{{#each ../lines}}{{#each ../../lines}}{{#each ../../../lines}}x{{/each}}{{/each}}{{/each}}{{/each}}", "more steps")]
    [InlineData("{{#each lines}}{{#each ../lines}}{{#each ../../lines}}0123456789{{/each}}{{/each}}{{/each}}", "longer than 1,000,000 characters")]
    [InlineData("{{#each @root.lines}}{{#each @root.lines}}{{#each @root.lines}}{{#if @index}}{{#if true}}{{/if}}{{/if}}{{/each}}{{/each}}{{/each}}", "more steps")]
    [InlineData("{{#*inline \"x\"}}{{> x}}{{/inline}}{{> x}}", "does not have")]
    [InlineData("{{#*inline \"x\"}}{{> x}}{{> x}}{{> x}}{{> x}}{{/inline}}{{> x}}", "does not have")]
    [InlineData("{{#> layout}}{{> @partial-block}}{{/layout}}", "does not have")]
    public void What_costs_too_much_fails_with_a_reason(string hostile, string reason)
    {
        foreach (var kind in new[] { "html", "text" })
        {
            Assert.Contains(reason, Assert.Throws<TemplateFailedException>(() => Rendered(kind, hostile)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_long_order_is_within_the_bounds()
    {
        var many = Model with { Lines = [.. Enumerable.Range(1, 2_000).Select(i => new MessageLine($"Product {i}", 1))] };

        Assert.Contains("Product 2000", Renderer.Render(MessageTemplates.ReviewRequest, "en", many).Html, StringComparison.Ordinal);
    }

    /// <summary>Handlebars.Net renders a partial that stands indented on a line of its own without escaping.</summary>
    [Theory]
    [InlineData("{{shopName}}")]
    [InlineData("<p>{{shopName}}</p>")]
    [InlineData("{{> lines}}")]
    [InlineData("<div>\n  {{> lines}}\n</div>")]
    [InlineData("<div>\n\t{{~> lines}}\n</div>")]
    [InlineData("<div>\n  {{#> layout}}\n  {{> lines}}\n  {{/layout}}\n</div>")]
    [InlineData("{{#each lines}}\n  {{title}}\n{{/each}}")]
    [InlineData("{{#with total}}{{currency}}{{/with}}{{plural itemCount one=shopName other=shopName}}")]
    public void A_value_is_escaped_in_html_and_plain_in_text(string template)
    {
        var html = Rendered("html", template).Html;
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<Shop", html, StringComparison.Ordinal);
        Assert.Contains("&lt;", html, StringComparison.Ordinal);

        var plain = template.Replace("#> layout", "#if lines", StringComparison.Ordinal).Replace("/layout", "/if", StringComparison.Ordinal);
        Assert.DoesNotContain("&lt;", Rendered("text", plain).Text, StringComparison.Ordinal);
        Assert.Equal("<Shop & Co>", Rendered("subject", "{{shopName}}").Subject);
    }

    [Fact]
    public void Compiled_templates_are_kept_by_use_and_in_bounds()
    {
        var made = new List<int>();
        var kept = new RecentlyUsed<int, string>(capacity: 3);
        foreach (var key in new[] { 1, 2, 3, 1, 4, 1, 2 })
        {
            Assert.Equal($"{key}", kept.Get(key, k => { made.Add(k); return $"{k}"; }));
        }

        Assert.Equal([1, 2, 3, 4, 2], made);
        Assert.Equal(3, kept.Count);
    }

    [Fact]
    public void Each_version_is_rendered_as_it_is()
    {
        var first = new ChosenTemplate(new("bottega"), "t", "en", 1, new("one", "one", "one"));

        Assert.Equal("one\n", Renderer.Render(first, Model).Text);
        Assert.Equal("two\n", Renderer.Render(first with { Version = 2, Text = new("two", "two", "two") }, Model).Text);
        Assert.Equal("one\n", Renderer.Render(first, Model).Text);
        Assert.Equal("other\n", Renderer.Render(first with { Shop = new("other"), Text = new("other", "other", "other") }, Model).Text);
    }

    private static Rendered Rendered(string kind, string source) => Renderer.Render(
        new ChosenTemplate(null, "t", "en", 0, new(kind == "subject" ? source : "", kind == "text" ? source : "", kind == "html" ? source : "")), Model);

    private static string Part(string kind, Rendered rendered) => kind switch { "html" => rendered.Html, "text" => rendered.Text, _ => rendered.Subject };
}
