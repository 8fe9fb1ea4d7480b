using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Cx.Standalone.Simulating;

/// <summary>Prints a simulation that is done: what is in force beside the draft.</summary>
internal sealed class SimulationTable(IAnsiConsole console)
{
    private static readonly string[] Outcomes = ["sent", "held", "capped", "skipped"];

    public void Write(string slug, JsonElement simulation)
    {
        var result = simulation.GetProperty("result");
        var current = simulation.GetProperty("currentVersion") is { ValueKind: JsonValueKind.Number } version ? $"version {version}" : "no version";
        Line($"'{slug}' as version {Text(simulation, "version")} beside {current}: {Text(result, "customers")} customers, {Text(result, "events")} events, up to {simulation.GetProperty("to").GetDateTimeOffset():yyyy-MM-dd HH:mm} UTC");
        console.MarkupLine($"[grey]{Head}[/]");
        foreach (var step in Steps(result))
        {
            Line(step);
        }

        foreach (var line in Reasons(result).Concat(Summary(result)))
        {
            Line(line);
        }
    }

    /// <summary>What stands above the steps.</summary>
    public static string Head { get; } = new string(' ', 40) + string.Concat(Outcomes.Select(o => $"{o,20}"));

    /// <summary>One line a step: what is in force, an arrow, and the draft.</summary>
    public static IEnumerable<string> Steps(JsonElement result) =>
        from step in result.GetProperty("steps").EnumerateArray()
        let sides = Outcomes.Select(o => $"{Count(step.GetProperty("current"), o)} → {Count(step.GetProperty("draft"), o)}")
        select $"{Text(step, "cadence")}/{Text(step, "step")}".PadRight(40) + string.Concat(sides.Select(s => $"{s,20}"));

    /// <summary>The messages a customer gets, and for how many customers anything changes.</summary>
    public static IEnumerable<string> Summary(JsonElement result)
    {
        var (current, draft) = (result.GetProperty("pressure").GetProperty("current"), result.GetProperty("pressure").GetProperty("draft"));
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Messages a customer: {current.GetProperty("mean").GetDouble():0.00} → {draft.GetProperty("mean").GetDouble():0.00} on average; 95 of 100 customers get at most {Text(current, "p95")} → {Text(draft, "p95")}, nobody more than {Text(current, "max")} → {Text(draft, "max")}");
        yield return $"{Text(result, "differing")} of {Text(result, "customers")} customers are treated differently";
    }

    private static IEnumerable<string> Reasons(JsonElement result) =>
        from step in result.GetProperty("steps").EnumerateArray()
        from outcome in Outcomes.Skip(1)
        let now = step.GetProperty("current").GetProperty(outcome)
        let then = step.GetProperty("draft").GetProperty(outcome)
        let reasons = now.EnumerateObject().Concat(then.EnumerateObject()).Select(r => r.Name).Distinct().Order(StringComparer.Ordinal).Select(r => $"{r} {Of(now, r)} → {Of(then, r)}").ToList()
        where reasons.Count > 0
        select $"  {Text(step, "step")} {outcome}: {string.Join(", ", reasons)}";

    private static long Count(JsonElement side, string outcome) => side.GetProperty(outcome) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : side.GetProperty(outcome).EnumerateObject().Sum(r => r.Value.GetInt64());

    private static long Of(JsonElement reasons, string reason) => reasons.TryGetProperty(reason, out var count) ? count.GetInt64() : 0;

    private void Line(string text) => console.WriteLine(text);

    private static string Text(JsonElement element, string property) => element.GetProperty(property).ToString();
}
