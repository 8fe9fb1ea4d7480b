using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cx.Standalone.Demo;

/// <summary>What the API said of an edit of the cadence, in the order in which marketing makes it.</summary>
/// <param name="Errors">Of a draft that would ask only content customers for a review: where, what and what to do.</param>
/// <param name="Simulated">What a simulation of the draft over the weeks before said.</param>
/// <param name="Foreseen">What a trial run of the publication said.</param>
/// <param name="Done">What the publication itself said.</param>
internal sealed record LoggedEdit(JsonElement Previewed, IReadOnlyList<string> Errors, JsonElement Simulated, JsonElement Foreseen, JsonElement Done);

/// <summary>In the eighth week marketing has reviews asked for three days later, for those whose follow-ups run already as well.</summary>
internal static class CadenceEdit
{
    public const string Slug = "post-sale", Step = "review-request";
    public const int DaysBefore = 7, DaysAfter = 10;

    public const string Subject = "{{firstName}}, {{plural itemCount one='how is it' other='how are the # things'}} that you ordered on {{date orderedAt}}?";

    private const string Path = $"{DemoClient.Path}/cadences/{Slug}";
    private const string Template = $"{DemoClient.Path}/templates/{Step}/en";

    public static DateTimeOffset At(Season season) => season.At(52, 11);

    public static ScheduledAction Of(Season season, DeliveryLog log) => new(At(season), async client =>
    {
        var template = await client.Get(Template);
        await client.Send(HttpMethod.Put, Template, new { subject = Subject, text = template.GetProperty("text"), html = template.GetProperty("html") });
        var previewed = await client.Send(HttpMethod.Post, $"{DemoClient.Path}/templates/{Step}/preview", new { sample = true, language = "en" });
        var errors = await client.Refused(HttpMethod.Put, $"{Path}/draft", await Edited(client, step =>
            step["conditions"] = new JsonArray(new JsonObject { ["fact"] = "rating", ["is"] = "at-least", ["value"] = 4 })));
        await client.Send(HttpMethod.Put, $"{Path}/draft", await Edited(client, step => step["anchor"]!["days"] = DaysAfter));
        var simulated = await client.Simulated($"{Path}/simulations");
        var foreseen = await client.Send(HttpMethod.Post, $"{Path}/publish?dryRun=true", new { running = "migrate" });
        var done = await client.Send(HttpMethod.Post, $"{Path}/publish", new { running = "migrate" });
        log.RecordEdit(new(previewed, errors, simulated, foreseen, done));
    });

    private static async Task<JsonNode> Edited(DemoClient client, Action<JsonNode> edit)
    {
        var document = JsonSerializer.SerializeToNode((await client.Get(Path)).GetProperty("document"))!;
        edit(document["steps"]!.AsArray().Single(s => (string?)s!["id"] == Step)!);
        return document;
    }
}
