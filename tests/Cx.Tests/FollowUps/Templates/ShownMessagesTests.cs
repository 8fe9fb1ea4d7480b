using Cx.Application.FollowUps.Unsubscribing;
using Cx.Tests.Support;
using Microsoft.Playwright;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>The shipped messages and the pages behind their links, as a browser shows them: wide and narrow, light and dark.</summary>
[Collection(nameof(Chromium))]
public sealed class ShownMessagesTests(Chromium chromium)
{
    /// <summary>A message is shown within a mailbox's page, which has the landmarks.</summary>
    private static readonly string[] OfWholePages = ["region", "landmark-one-main"];

    private static readonly (int Width, ColorScheme Scheme)[] Ways =
        [(600, ColorScheme.Light), (600, ColorScheme.Dark), (360, ColorScheme.Light), (360, ColorScheme.Dark)];

    public static TheoryData<string, string> Shipped() => ShippedMessages.Names();

    public static TheoryData<string, string> Pages() => new()
    {
        { "ask", "it" }, { "ask", "en" }, { "done", "it" }, { "done", "en" }, { "invalid", "it" }, { "invalid", "en" },
    };

    [SkippableTheory, MemberData(nameof(Shipped))]
    public async Task A_shipped_message_is_readable_everywhere(string template, string language)
    {
        var message = ShippedMessages.Render(template, language);
        await EachWay(message.Html, $"{template}.{language}", OfWholePages);
    }

    [SkippableTheory, MemberData(nameof(Pages))]
    public async Task A_page_of_unsubscribing_is_readable_everywhere(string page, string language) =>
        await EachWay(PageOf(page, language), $"unsubscribe-{page}.{language}", []);

    [SkippableTheory, InlineData(ColorScheme.Light), InlineData(ColorScheme.Dark)]
    public async Task The_button_of_unsubscribing_is_reached_and_pressed_by_keyboard(ColorScheme scheme)
    {
        await using var shown = await chromium.Open();
        await shown.Look(360, scheme);
        await shown.Page.SetContentAsync(PageOf("ask", "it"));
        await shown.Page.EvaluateAsync("document.forms[0].addEventListener('submit', e => { e.preventDefault(); document.title = 'sent'; })");

        await shown.Page.Keyboard.PressAsync("Tab");

        Assert.Equal("BUTTON", await shown.Page.EvaluateAsync<string>("document.activeElement.tagName"));
        Assert.Equal("3px", await shown.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineWidth"));
        await shown.Keep("unsubscribe-focus");
        await shown.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("sent", await shown.Page.TitleAsync());
    }

    private async Task EachWay(string html, string name, string[] withoutRules)
    {
        await using var shown = await chromium.Open();
        await shown.Page.SetContentAsync(html);
        foreach (var (width, scheme) in Ways)
        {
            await shown.Look(width, scheme);
            await shown.Keep(name);

            Assert.Empty(shown.Requests);
            Assert.Equal(0, await shown.Overflow());
            Assert.Equal(scheme == ColorScheme.Dark, await IsDark(shown.Page));
            if ((width, scheme) is (600, ColorScheme.Light) or (360, ColorScheme.Dark))          // each colour and each width once
            {
                Assert.Empty(await shown.Violations(withoutRules));
            }
        }
    }

    // By the background that is seen, of the ITU's luma.
    private static Task<bool> IsDark(IPage page) => page.EvaluateAsync<bool>(
        "(([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b < 128)(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g))");

    private static string PageOf(string page, string language) => page switch
    {
        "ask" => UnsubscribePage.Ask(language, ShippedMessages.ShopName),
        "done" => UnsubscribePage.Done(language, ShippedMessages.ShopName),
        _ => UnsubscribePage.Invalid(language),
    };
}
