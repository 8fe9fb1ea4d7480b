using System.Globalization;
using System.Text.Json;
using Cx.Standalone.Simulating;
using Spectre.Console;

namespace Cx.Standalone.Demo;

/// <summary>Prints the results of the season: deliveries, customers and their scores, follow-ups, those to come, one message and one explanation.</summary>
internal sealed class Report(DemoClient client, DeliveryLog log, Snapshot snapshot, IAnsiConsole console)
{
    private const int BarLength = 20;

    private static readonly string[] Waiting = ["held", "skipped"];

    private static readonly DemoCustomer[] Shown = [ScriptedJourneys.Delighted, ScriptedJourneys.Repaired, ScriptedJourneys.Refunded, ScriptedJourneys.Unanswered];

    public async Task Write(Season season)
    {
        WriteDeliveries(season);
        await WriteCustomers();
        WriteSteps();
        WriteEdit(season);
        await WriteForecast();
        await WriteMessage();
        await WriteExplanation();
    }

    private void WriteDeliveries(Season season)
    {
        Title("Deliveries");
        var answers = log.Answers.CountBy(a => a.Answer).ToDictionary();
        var touchpoints = log.Answers.Where(a => a.Delivery.Route == IntakeRoute.Api).DistinctBy(a => a.Delivery.Key).Count();
        Line($"{log.Answers.Count} requests about {season.Orders.Count(o => o.PaidAt < season.End)} orders and {touchpoints} other touchpoints:");
        Row(Of("applied", "unchanged"), "accepted");
        Row(Of("acknowledged"), "acknowledged: they hold nothing to record about a customer");
        Row(Of("duplicate"), "recognised as duplicates: nothing changed");
        Row(Of("waiting"), "named an order that was not known yet: stored, and applied when it was");
        Row(Of("conflict", "idempotency-key-reused"), "reused a delivery key with another body: recorded, not applied");
        Row(Of("invalid-signature"), "had a forged signature: refused with 401");
        Row(log.Unsubscribes, "unsubscribed with one click");
        Row(log.Answers.Where(a => a.Delivery.Topic == "customers/redact").DistinctBy(a => a.Delivery.Key).Count(), "asked for erasure");

        int Of(params string[] names) => names.Sum(n => answers.GetValueOrDefault(n));
        void Row(int count, string what) => Line($"{count,4}  {what}");
    }

    private async Task WriteCustomers()
    {
        Title("Customers and their perceived quality of the shop, from 0 to 100");
        foreach (var customer in Shown.Select(snapshot.Of).OfType<SnapshotCustomer>())
        {
            var experience = await client.Get($"{DemoClient.Path}/customers/{customer.Id}/experience");
            var score = experience.GetProperty("score").GetDouble();
            var filled = (int)Math.Round(score / 100 * BarLength);
            var colour = score >= 70 ? "green" : score >= 50 ? "yellow" : "red";
            console.MarkupLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  [bold]{Markup.Escape($"{customer.Name,-14}")}[/] [{colour}]{new string('█', filled)}[/][grey]{new string('░', BarLength - filled)}[/] {score,5:0.0}   [grey]{customer.Id}[/]"));
            foreach (var sentence in experience.GetProperty("explanation").EnumerateArray())
            {
                Line($"    {sentence.GetString()}");
            }
        }
    }

    private void WriteSteps()
    {
        Title("Follow-up steps by status");
        var statuses = snapshot.Customers.SelectMany(c => c.Steps).Select(s => (Step: Text(s, "step"), Status: Text(s, "status"))).ToList();
        var columns = statuses.Select(s => s.Status).Distinct().Order(StringComparer.Ordinal).ToList();
        console.MarkupLine($"  [grey]{"",-16}{string.Concat(columns.Select(c => $"{c,10}"))}[/]");
        foreach (var step in statuses.GroupBy(s => s.Step))
        {
            Line($"{step.Key,-16}{string.Concat(columns.Select(c => $"{step.Count(s => s.Status == c),10}"))}");
        }

        WriteReasons("held", "step-held.v1");
        WriteReasons("skipped", "step-skipped.v1");
        WriteReasons("withdrawn before sending", "message-withdrawn.v1");
    }

    private void WriteReasons(string outcome, string type)
    {
        var reasons = snapshot.Customers.SelectMany(c => c.Events).Where(e => e.Type == type).CountBy(e => Text(e.Data, "reason")).OrderByDescending(r => r.Value).ToList();
        if (reasons.Count > 0)
        {
            Line($"{outcome}: {string.Join(", ", reasons.Select(r => $"{r.Key} {r.Value}"))}");
        }
    }

    private void WriteEdit(Season season)
    {
        Title($"Marketing edits the cadence '{CadenceEdit.Slug}'");
        var edit = log.Edit!;
        Line($"The English request for a review got a subject of its own: {CadenceEdit.Subject}");
        Line($"Previewed with a sample, it reads: {Text(edit.Previewed, "subject")}");
        Line("A draft that would ask only content customers for a review was refused:");
        foreach (var error in edit.Errors)
        {
            Line($"  {error}");
        }

        var affected = edit.Done.GetProperty("affected");
        Line($"Then a draft was saved that asks for it {CadenceEdit.DaysAfter} days after delivery instead of {CadenceEdit.DaysBefore}. Simulated over what was recorded so far, in force → draft:");
        WriteSimulation(edit.Simulated);
        Line($"It was published as version {Text(edit.Done, "version")}.");
        Line($"Of the follow-ups that ran, {Text(affected, "migrate")} went over to it and {Text(affected, "end")} ended, as the trial run had said.");
        foreach (var (when, asked) in Requests().GroupBy(r => r.At < CadenceEdit.At(season) ? "Before" : "Since then").Select(g => (g.Key, g.ToList())))
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"{when} {asked.Count} were asked, at the earliest {asked.Min(r => r.Days):0.0} days after delivery."));
        }

        IEnumerable<(DateTimeOffset At, double Days)> Requests() =>
            from customer in snapshot.Customers
            let orders = customer.Orders.Where(o => o.GetProperty("deliveredAt").ValueKind != JsonValueKind.Null).ToDictionary(o => Text(o, "id"), o => o.GetProperty("deliveredAt").GetDateTimeOffset())
            from queued in customer.Events.Where(e => e.Type == "message-queued.v1" && Text(e.Data, "step") == CadenceEdit.Step)
            where orders.ContainsKey(Text(queued.Data, "order"))
            let at = queued.Data.GetProperty("occurredAt").GetDateTimeOffset()
            orderby at
            select (at, (at - orders[Text(queued.Data, "order")]).TotalDays);
    }

    private void WriteSimulation(JsonElement simulation)
    {
        if (simulation.GetProperty("result") is not { ValueKind: JsonValueKind.Object } result)
        {
            Line($"  It ended as {Text(simulation, "state")}.");
            return;
        }

        console.MarkupLine($"    [grey]{SimulationTable.Head}[/]");
        foreach (var line in SimulationTable.Steps(result).Concat(SimulationTable.Summary(result)))
        {
            Line($"  {line}");
        }
    }

    private async Task WriteForecast()
    {
        var forecast = await client.Get($"{DemoClient.Path}/forecast?days=14");
        Title("What is to go out in the next two weeks, if nothing happens");
        foreach (var step in forecast.GetProperty("days").EnumerateArray().SelectMany(d => d.GetProperty("steps").EnumerateArray()).GroupBy(s => (Cadence: Text(s, "cadence"), Step: Text(s, "step"))))
        {
            var reasons = Waiting.SelectMany(outcome => step.SelectMany(s => s.GetProperty(outcome).EnumerateArray())
                .GroupBy(r => Text(r, "reason")).Select(r => $"{outcome} for {r.Key} {r.Sum(c => c.GetProperty("count").GetInt32())}"));
            Line($"{step.Key.Cadence}, {step.Key.Step}: {string.Join(", ", reasons.Prepend($"{step.Sum(s => s.GetProperty("sent").GetInt32())} sent"))}");
        }
    }

    private async Task WriteMessage()
    {
        var message = snapshot.Of(ScriptedJourneys.Delighted)!.Events.Where(e => e.Type == "message-queued.v1").Select(e => Text(e.Data, "message")).Last();
        var written = (await client.Get($"{DemoClient.Path}/messages/{message}")).GetProperty("written");
        Title($"The latest message to {ScriptedJourneys.Delighted.Name}");
        Line($"To: {Text(written, "to")}   Subject: {Text(written, "subject")}");
        foreach (var line in Text(written, "text").Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0))
        {
            Line($"  | {(line.Length > 110 ? line[..107] + "..." : line)}");
        }
    }

    private async Task WriteExplanation()
    {
        var decided = snapshot.Of(ScriptedJourneys.Repaired)!.Events.First(e => e.Type is "step-held.v1" or "message-queued.v1" && Text(e.Data, "step") == "review-request");
        var why = await client.Get($"{DemoClient.Path}/follow-ups/{Text(decided.Data, "followUp")}/steps/review-request/why");
        Title($"Why {ScriptedJourneys.Repaired.Name} got the review request when he did");
        foreach (var sentence in why.GetProperty("summary").EnumerateArray())
        {
            Line(sentence.GetString()!);
        }
    }

    private void Title(string text)
    {
        console.WriteLine();
        console.MarkupLine($"[bold aqua]{Markup.Escape(text)}[/]");
        console.MarkupLine($"[grey]{new string('-', text.Length)}[/]");
    }

    private void Line(string text) => console.WriteLine("  " + text);

    private static string Text(JsonElement element, string property) => element.GetProperty(property).ToString();
}
