using Spectre.Console;

namespace Cx.Standalone;

/// <summary>Prints progress at once and in order, which System.Progress does not promise.</summary>
internal sealed class Lines(TextWriter output) : IProgress<string>
{
    public void Report(string value) => output.WriteLine(value);
}

/// <summary>The console: colours and a progress bar on a terminal; plain lines without control characters where the output goes to a file or a program.</summary>
internal static class Terminal
{
    // Longer than any line: what reads the output breaks lines itself.
    private const int Unbroken = 10_000;

    public static IAnsiConsole Create(TextWriter output, bool isTerminal)
    {
        if (isTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },   // A build server's would allow colours.
        });
        plain.Profile.Width = Unbroken;
        return plain;
    }

    /// <summary>Runs work of several steps, with a bar on a terminal. Its lines appear as they come, or after the bar.</summary>
    /// <param name="work">Takes what to call after each step, and what prints a line.</param>
    public static async Task Progress(this IAnsiConsole console, string description, int steps, Func<Action, Action<string>, Task> work)
    {
        if (!console.Profile.Capabilities.Ansi)
        {
            await work(() => { }, console.WriteLine);
            return;
        }

        var lines = new List<string>();
        await console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async bars =>
            {
                var bar = bars.AddTask(Markup.Escape(description), maxValue: steps);
                await work(() => bar.Increment(1), lines.Add);
            });
        lines.ForEach(console.WriteLine);
    }
}
