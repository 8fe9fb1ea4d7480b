using Cx.Application.FollowUps.Templates;

namespace Cx.Tests.FollowUps.Templates;

public class TemplateChoiceTests
{
    private static readonly MessageModel Model = new("Shop", "it", null, "1", [], [], null, null);

    [Theory]
    [InlineData("it-IT", "en", "it")]
    [InlineData("IT_ch", "en", "it")]
    [InlineData("en-GB", "it", "en")]
    [InlineData("de-AT", "it-CH", "it")]
    [InlineData("de", "fr", "en")]
    [InlineData(null, "it", "it")]
    [InlineData("", "", "en")]
    public void The_language_falls_back(string? asked, string shop, string found) =>
        Assert.Equal(found, new TemplateRenderer().Render(MessageTemplates.ThankYou, asked, Model with { ShopLanguage = shop }).Language);

    [Fact]
    public void The_exact_tag_comes_first()
    {
        var renderer = new TemplateRenderer(Sources(("t.it.", "it"), ("t.it-ch.", "it-CH")));

        Assert.Equal("it-CH\n", renderer.Render("t", "it-CH", Model).Text);
        Assert.Equal("it\n", renderer.Render("t", "it-IT", Model).Text);
    }

    [Fact]
    public void A_missing_template_is_named() =>
        Assert.Equal("no-such", Assert.Throws<TemplateMissingException>(() => new TemplateRenderer().Render("no-such", "en", Model)).Template);

    [Fact]
    public void A_missing_part_is_named_and_not_replaced_by_another_language()
    {
        var renderer = new TemplateRenderer(new TemplateSources(new Dictionary<string, string> { ["t.it.subject"] = "s", ["t.it.html"] = "h", ["t.en.subject"] = "s", ["t.en.text"] = "t", ["t.en.html"] = "h" }));

        Assert.Contains("t.it.text", Assert.Throws<TemplateMissingException>(() => renderer.Render("t", "it", Model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_value_is_an_error_and_not_a_blank() =>
        Assert.ThrowsAny<Exception>(() => new TemplateRenderer(Sources(("t.en.", "{{shopNmae}}"))).Render("t", "en", Model));

    [Fact]
    public void The_version_changes_with_any_source_and_with_nothing_else()
    {
        var version = Version(Sources(("t.en.", "a\nb")));

        Assert.Equal(version, Version(Sources(("t.en.", "a\r\nb"))));                           // a checkout with other line ends
        Assert.NotEqual(version, Version(Sources(("t.en.", "a\nc"))));
        Assert.NotEqual(version, Version(Sources(("t.en.", "a\nb"), ("footer.en.", "new"))));    // a partial counts as well
        Assert.Matches("^[0-9a-f]{16}$", version);
    }

    private static string Version(TemplateSources sources) => new TemplateRenderer(sources).Render("t", "en", Model).TemplateVersion;

    private static TemplateSources Sources(params (string Prefix, string Text)[] texts) =>
        new(texts.SelectMany(t => (t.Prefix.StartsWith("footer", StringComparison.Ordinal) ? new[] { "text", "html" } : ["subject", "text", "html"]).Select(kind => (Name: t.Prefix + kind, t.Text))).ToDictionary(t => t.Name, t => t.Text));
}
