using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Cx.Standalone.Demo;

/// <summary>The command <c>demo</c>: the whole system, twelve weeks of a shop posted to its real endpoints, and a report.</summary>
internal static class DemoCommand
{
    /// <param name="args">Configuration for the host.</param>
    /// <param name="exit">Whether to end after the report.</param>
    /// <returns>0; 1 when anything that was posted is missing or stored twice.</returns>
    public static async Task<int> Run(string[] args, bool exit, CancellationToken ct)
    {
        Console.OutputEncoding = Encoding.UTF8;
        var console = Terminal.Create(Console.Out, !Console.IsOutputRedirected);
        var lines = new Lines(Console.Out);
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
        var folder = DemoFolder.Resolve(configuration["Cx:DataFolder"]);
        var season = new Season(DateTimeOffset.UtcNow);

        console.WriteLine($"The demo keeps its data in {folder}");
        await DemoFolder.Prepare(folder, configuration["Cx:PostgresBin"], season.At(0, 0), lines, ct);
        await using var host = await StandaloneHost.Start([.. args, .. OwnSettings(folder)], lines, ct);

        var log = new DeliveryLog();
        var signer = new WebhookSigner();
        using var client = new DemoClient(host.Address, host.AdminKey, signer, log);
        var (read, ingest) = await ShopSetup.Run(client, signer);
        console.WriteLine();
        console.WriteLine($"Twelve weeks of the shop 'Terra e Fuoco' with {DemoCustomers.All.Count} customers");
        ScheduledAction[] actions = [.. season.Actions.Append(CadenceEdit.Of(season, log)).OrderBy(a => a.At)];
        await console.Progress("Posting", actions.Length, (step, line) => Play(season, actions, client, log, step, line, ct));

        var snapshot = await Snapshot.Read(client);
        await new Report(client, log, snapshot, console).Write(season);
        WriteComparison(await LogComparison.Run(host.Services, new(DemoClient.Shop), host.Services.GetRequiredService<TimeProvider>().GetUtcNow(), ct), console);
        var differences = Verification.Differences(season, log, snapshot);
        WriteVerification(differences, log, console);
        if (!exit)
        {
            WriteExamples(host.Address, read, ingest, snapshot, console);
            await host.Stopped;
        }

        return differences.Count == 0 ? 0 : 1;
    }

    // A database of its own, no real sender, and links to itself, whatever the environment says about a real installation.
    private static string[] OwnSettings(string folder) =>
    [
        "--environment", "Development", "--Cx:DevClock", "true", "--Cx:DataFolder", folder, "--Cx:Sender", "local", "--Cx:PublicUrl", "", "--ConnectionStrings:Postgres", "",
        "--Logging:LogLevel:Default", "Error", "--Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "None",
    ];

    private static async Task Play(
        Season season, IReadOnlyList<ScheduledAction> actions, DemoClient client, DeliveryLog log, Action step, Action<string> line, CancellationToken ct)
    {
        var (posted, sent) = (0, 0);
        for (var week = 0; week < Season.Weeks; week++)
        {
            var (begin, end) = (season.At(7 * week, 0), week == Season.Weeks - 1 ? season.End : season.At(7 * (week + 1), 0));
            foreach (var action in actions.Where(a => a.At >= begin && a.At < end))
            {
                ct.ThrowIfCancellationRequested();
                await client.MoveTo(action.At);
                await action.Run(client);
                step();
            }

            await client.MoveTo(end);
            var orders = season.Orders.Count(o => o.PlacedAt >= begin && o.PlacedAt < end);
            var messages = (await client.All($"{DemoClient.Path}/messages?state=accepted")).Count;
            line(string.Create(
                CultureInfo.InvariantCulture,
                $"  week {week + 1,2}  from {begin.AddHours(12),6:d MMM}   {orders,2} orders   {log.Answers.Count - posted,3} deliveries   {messages - sent,2} messages sent"));
            (posted, sent) = (log.Answers.Count, messages);
        }
    }

    private static void WriteComparison(LogComparison comparison, IAnsiConsole console)
    {
        console.WriteLine();
        console.MarkupLine(comparison.Differences.Count == 0
            ? $"[green]Simulating what ran equals the log:[/] {comparison.Decisions} decisions about {comparison.Customers} customers, the same step, outcome, reason and instant."
            : $"[red]Simulating what ran differs from the log[/] in {comparison.Differences.Count} of {comparison.Decisions} decisions:");
        foreach (var difference in comparison.Differences.Take(10))
        {
            console.WriteLine("  " + difference);
        }
    }

    private static void WriteVerification(IReadOnlyList<string> differences, DeliveryLog log, IAnsiConsole console)
    {
        console.WriteLine();
        if (differences.Count == 0)
        {
            console.MarkupLine($"[green]Nothing lost:[/] all {log.Answers.Count} answers were as expected, and the API returns every order and touchpoint exactly once.");
            return;
        }

        console.MarkupLine($"[red]{differences.Count} differences[/] between what was posted and what the API returns:");
        foreach (var difference in differences)
        {
            console.WriteLine("  " + difference);
        }
    }

    // Written without wrapping, so that the commands can be copied from any terminal.
    private static void WriteExamples(Uri address, string read, string ingest, Snapshot snapshot, IAnsiConsole console)
    {
        var repaired = snapshot.Of(ScriptedJourneys.Repaired)!;
        var followUp = repaired.View.GetProperty("followUps")[0].GetProperty("id").GetString();
        var shop = $"{address}{DemoClient.Path}";
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        console.Profile.Out.Writer.WriteLine($$$"""

            The demo shop is served at {{{address}}} until Ctrl-C. Try in another terminal:

              KEY={{{read}}}
              curl -s -H "Authorization: Bearer $KEY" '{{{shop}}}/customers?limit=5'
              curl -s -H "Authorization: Bearer $KEY" {{{shop}}}/customers/{{{repaired.Id}}}/experience
              curl -s -H "Authorization: Bearer $KEY" {{{shop}}}/customers/{{{repaired.Id}}}/touchpoints
              curl -s -H "Authorization: Bearer $KEY" {{{shop}}}/follow-ups/{{{followUp}}}/steps/review-request/why
              curl -s -H "Authorization: Bearer $KEY" '{{{shop}}}/messages?state=accepted'
              curl -s -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"email":"{{{ScriptedJourneys.Refunded.Email}}}"}' {{{shop}}}/customers/lookup

            Post Carla's rating of a new call, move the clock one week, and look at her score again:

              curl -s -H "Authorization: Bearer {{{ingest}}}" -H "Idempotency-Key: my-first-call" -H "Content-Type: application/json" \
                -d '{"type":"feedback","occurredAt":"{{{now}}}","channel":"phone","customer":{"email":"{{{ScriptedJourneys.Refunded.Email}}}"},"data":{"kind":"csat","score":4}}' {{{shop}}}/touchpoints
              curl -s -H "Content-Type: application/json" -d '{"advance":"P7D"}' {{{address}}}api/dev/clock
            """);
    }
}
