using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Cx.Tests.Support;

[CollectionDefinition(nameof(Chromium))]
public sealed class ChromiumTests : ICollectionFixture<Chromium>;

/// <summary>
/// A headless Chromium of the machine: the program that CX_TESTS_CHROMIUM names, else <c>chromium</c> of the PATH, which .ci/run installs. Without it, tests
/// that ask for a page are skipped. Nothing is downloaded.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? playwright;
    private IBrowser? browser;
    private string? whyNot;

    public async Task InitializeAsync()
    {
        if (Program() is not { } program)
        {
            whyNot = "There is no chromium on the PATH: .ci/run installs it";
            return;
        }

        try
        {
            playwright = await Playwright.CreateAsync();
            browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--disable-background-networking"] });
        }
        catch (Exception e) when (e is PlaywrightException or System.ComponentModel.Win32Exception)
        {
            whyNot = $"Chromium does not start: {e.Message}";
        }
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    /// <summary>An empty page; the calling test is skipped where there is no Chromium.</summary>
    internal async Task<ShownPage> Open()
    {
        Skip.If(whyNot is not null, whyNot);
        var context = await browser!.NewContextAsync();
        return new(context, await context.NewPageAsync());
    }

    private static string? Program()
    {
        var given = Environment.GetEnvironmentVariable("CX_TESTS_CHROMIUM") is { Length: > 0 } set ? set : "chromium";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, given)).FirstOrDefault(File.Exists);      // an absolute path stays as it is
    }
}

/// <summary>A page with all that it asked for.</summary>
internal sealed partial class ShownPage : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> requests = [];
    private string look = "";

    public ShownPage(IBrowserContext context, IPage page)
    {
        (this.context, Page) = (context, page);
        page.Request += (_, request) => requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>The addresses that were asked for, in order.</summary>
    public IReadOnlyList<string> Requests => [.. requests];

    public ValueTask DisposeAsync() => context.DisposeAsync();

    /// <summary>Shows the page in a window of that width, light or dark.</summary>
    /// <param name="width">In CSS pixels; a phone has 360.</param>
    /// <param name="scheme">What the reader prefers.</param>
    public async Task Look(int width, ColorScheme scheme)
    {
        look = $"{width}-{scheme.ToString().ToLowerInvariant()}";
        await Page.SetViewportSizeAsync(width, 800);
        await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
    }

    /// <summary>By how many pixels the page is wider than the window.</summary>
    public Task<int> Overflow() => Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    /// <summary>What axe finds against WCAG 2.2 AA and good practice; contrasts that it could not tell count as well.</summary>
    /// <param name="rules">Those that do not apply.</param>
    public async Task<IReadOnlyList<string>> Violations(params string[] rules)
    {
        var found = await Page.RunAxe(new AxeRunOptions
        {
            Rules = rules.ToDictionary(rule => rule, _ => new RuleOptions { Enabled = false }),
            ResultTypes = [ResultType.Violations, ResultType.Incomplete],
        });
        return [.. found.Violations.Concat(found.Incomplete.Where(i => i.Id == "color-contrast")).SelectMany(i => i.Nodes, (i, node) => $"{i.Id}: {node.Html}")];
    }

    /// <summary>Keeps the whole page as a picture beside the tests' programs: in screenshots, by how it is looked at.</summary>
    public Task Keep(string name) =>
        Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", look, $"{Unsafe().Replace(name, "-")}.png"), FullPage = true });

    [GeneratedRegex("[^a-z0-9.-]")]
    private static partial Regex Unsafe();
}
