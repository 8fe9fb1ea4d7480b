using System.Globalization;
using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>Tells a reader what the season came to.</summary>
internal sealed class Report(OutsideWorld world, Ledger ledger, Found found, TextWriter output)
{
    private const int BarLength = 20;

    private static readonly Person[] Shown = [Stories.Delighted, Stories.Repaired, Stories.Lost, Stories.Ignored];

    public async Task Write(Season season)
    {
        WriteDeliveries(season);
        await WriteCustomers();
        WriteSteps();
        await WriteMessage();
        await WriteWhy();
    }

    private void WriteDeliveries(Season season)
    {
        Title("What arrived");
        var answers = ledger.Entries.CountBy(e => e.Answer).ToDictionary();
        int Of(params string[] names) => names.Sum(n => answers.GetValueOrDefault(n));
        Line($"{ledger.Entries.Count} requests about {season.Purchases.Count(p => p.PaidAt < season.End)} orders and {ledger.Entries.Where(e => e.Posting.Door == Door.Api).DistinctBy(e => e.Posting.Key).Count()} other touchpoints:");
        Line($"{Of("applied", "unchanged"),4}  taken in");
        Line($"{Of("acknowledged"),4}  acknowledged: nothing in them to record about anybody");
        Line($"{Of("duplicate"),4}  recognised as repeated, and changed nothing");
        Line($"{Of("waiting"),4}  spoke of an order that was not known yet, waited and was applied later");
        Line($"{Of("conflict", "idempotency-key-reused"),4}  used the key of an earlier one with another body: recorded, not applied");
        Line($"{Of("invalid-signature"),4}  forged: 401");
        Line($"{ledger.Unsubscribed,4}  unsubscribed with one click");
        Line($"{ledger.Entries.Where(e => e.Posting.Topic == "customers/redact").DistinctBy(e => e.Posting.Key).Count(),4}  asked to be forgotten");
    }

    private async Task WriteCustomers()
    {
        Title("Customers, and what they think of the shop");
        foreach (var customer in Shown.Select(found.Of).OfType<FoundCustomer>())
        {
            var experience = await world.Get($"{OutsideWorld.Path}/customers/{customer.Id}/experience");
            var score = experience.GetProperty("score").GetDouble();
            var filled = (int)Math.Round(score / 100 * BarLength);
            Line($"{customer.Name,-14} {new string('█', filled)}{new string('░', BarLength - filled)} {score,5:0.0}   {customer.Id}");
            foreach (var sentence in experience.GetProperty("explanation").EnumerateArray())
            {
                Line($"    {sentence.GetString()}");
            }
        }
    }

    private void WriteSteps()
    {
        Title("Follow-ups, step by step");
        var statuses = found.Customers.SelectMany(c => c.Steps).Select(s => (Step: Text(s, "step"), Status: Text(s, "status"))).ToList();
        var columns = statuses.Select(s => s.Status).Distinct().Order(StringComparer.Ordinal).ToList();
        Line($"{"",-16}{string.Concat(columns.Select(c => $"{c,10}"))}");
        foreach (var step in statuses.GroupBy(s => s.Step))
        {
            Line($"{step.Key,-16}{string.Concat(columns.Select(c => $"{step.Count(s => s.Status == c),10}"))}");
        }

        WriteReasons("held for a while", "step-held.v1");
        WriteReasons("skipped", "step-skipped.v1");
        WriteReasons("withdrawn before it left", "message-withdrawn.v1");
    }

    private void WriteReasons(string outcome, string type)
    {
        var reasons = found.Customers.SelectMany(c => c.Events).Where(e => e.Type == type).CountBy(e => Text(e.Data, "reason")).OrderByDescending(r => r.Value).ToList();
        if (reasons.Count > 0)
        {
            Line($"{outcome}: {string.Join(", ", reasons.Select(r => $"{r.Key} {r.Value}"))}");
        }
    }

    private async Task WriteMessage()
    {
        var message = found.Of(Stories.Delighted)!.Events.Where(e => e.Type == "message-queued.v1").Select(e => Text(e.Data, "message")).Last();
        var written = (await world.Get($"{OutsideWorld.Path}/messages/{message}")).GetProperty("written");
        Title($"The latest message to {Stories.Delighted.Name}");
        Line($"To: {Text(written, "to")}   Subject: {Text(written, "subject")}");
        foreach (var line in Text(written, "text").Split('\n').Select(l => l.TrimEnd()).Where(l => l.Length > 0))
        {
            Line($"  | {(line.Length > 110 ? line[..107] + "..." : line)}");
        }
    }

    private async Task WriteWhy()
    {
        var held = found.Of(Stories.Repaired)!.Events.First(e => e.Type is "step-held.v1" or "message-queued.v1" && Text(e.Data, "step") == "review-request");
        var why = await world.Get($"{OutsideWorld.Path}/follow-ups/{Text(held.Data, "followUp")}/steps/review-request/why");
        Title($"Why {Stories.Repaired.Name} got the review request when he did");
        foreach (var sentence in why.GetProperty("summary").EnumerateArray())
        {
            Line(sentence.GetString()!);
        }
    }

    private void Title(string text)
    {
        output.WriteLine();
        output.WriteLine(text);
        output.WriteLine(new string('-', text.Length));
    }

    private void Line(FormattableString text) => Line(text.ToString(CultureInfo.InvariantCulture));

    private void Line(string text) => output.WriteLine("  " + text);

    private static string Text(JsonElement element, string property) => element.GetProperty(property).ToString();
}
