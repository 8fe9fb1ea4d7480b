using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Tests.FollowUps.Deciding;
using Json.Schema;

namespace Cx.Tests.FollowUps.Cadences;

/// <summary>What is refused of waits, branches and their paths, with its place; the served schema says the same of the form.</summary>
public sealed class CadencePathTests
{
    private static readonly JsonSchema Schema = JsonSchema.FromText(DefaultCadences.Schema, new BuildOptions { SchemaRegistry = new() });

    /// <summary>Changes to the document of <see cref="FlowTests"/>, as a JSON pointer and a value, and the pointers of what is wrong then.</summary>
    public static TheoryData<string, string?, string, bool> Faults { get; } = new()
    {
        // Form.
        { "/steps/0/waitFor", null, "/steps/0/waitFor", false },
        { "/steps/0/waitFor/timeout", null, "/steps/0/waitFor/timeout", false },
        { "/steps/0/waitFor/on", null, "/steps/0/waitFor/on", false },
        { "/steps/0/waitFor/on", "\"full-moon\"", "/steps/0/waitFor/on", false },
        { "/steps/0/conditions", """[{ "fact": "order-total", "is": "known" }]""", "/steps/0/conditions", false },
        { "/steps/0/channel", "\"email\"", "/steps/0/channel", false },
        { "/steps/0/category", "\"service\"", "/steps/0/category", false },
        { "/steps/0/template", "\"thank-you\"", "/steps/0/template", false },
        { "/steps/0/weekdays", "[\"monday\"]", "/steps/0/weekdays", false },
        { "/steps/0/maxLateness", "\"PT1H\"", "/steps/0/maxLateness", false },
        { "/steps/1/channel", null, "/steps/1/channel", false },
        { "/steps/1/category", null, "/steps/1/category", false },
        { "/steps/1/template", null, "/steps/1/template", false },
        { "/steps/1/then", "[\"remind\"]", "/steps/1/then", false },
        { "/steps/1/waitFor", """{ "on": "order-paid", "timeout": "P1D" }""", "/steps/1/waitFor", false },
        { "/steps/4/conditions", null, "/steps/4/conditions", false },
        { "/steps/4/conditions", "[]", "/steps/4/conditions", false },
        { "/steps/4/waitFor", """{ "on": "order-paid", "timeout": "P1D" }""", "/steps/4/waitFor", false },
        { "/steps/6/then", null, "/steps/6/then", false },
        { "/steps/6/then", "[]", "/steps/6/then", false },

        // What a schema does not say.
        { "/steps/0/waitFor/timeout", "\"P0D\"", "/steps/0/waitFor/timeout", true },
        { "/steps/0/waitFor/timeout", "\"P731D\"", "/steps/0/waitFor/timeout", true },
        { "/steps/0/waitFor/on", "\"order-placed\"", "/steps/0/waitFor/on", true },
        { "/steps/0/waitFor/on", "\"order-cancelled\"", "/steps/0/then", true },
        { "/steps/0/else/0", "\"nobody\"", "/steps/0/else/0", true },
        { "/steps/4/else/0", "\"dear\"", "/steps/4/else/0", true },
        { "/steps/4/else/0", "\"parcel\"", "/steps/4/else/0", true },
        { "/steps/4/else/0", "\"thanks\"", "/steps/4/else/0", true },
        { "/steps/4/else/0", "\"loyal\"", "/steps/6/then/0", true },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_is_wrong_is_told_with_its_place(string at, string? value, string pointer, bool isOfTheForm)
    {
        var document = Changed(at, value);

        var (_, errors) = CadenceReader.Read(JsonElement.Parse(document.ToJsonString()), "post-sale");

        var error = Assert.Single(errors);
        Assert.Equal(pointer, error.Pointer);
        Assert.True(error.Message.Length > 0 && error.Hint.Length > 0);
        Assert.Equal(isOfTheForm, Schema.Evaluate(JsonElement.Parse(document.ToJsonString())).IsValid);
    }

    [Fact]
    public void The_schema_takes_what_the_reader_takes() => Assert.All(
        new[] { FlowTests.Parcel, DefaultCadences.PostSale },
        d => Assert.True(Schema.Evaluate(JsonSerializer.SerializeToElement(d, EventCatalog.Json)).IsValid));

    [Fact]
    public void The_schema_describes_every_property() => Assert.Empty(Undescribed(JsonNode.Parse(DefaultCadences.Schema)!, ""));

    private static IEnumerable<string> Undescribed(JsonNode? node, string at) => node switch
    {
        JsonObject properties when at.EndsWith("/properties", StringComparison.Ordinal) && !at.Contains("/allOf/", StringComparison.Ordinal) =>
            properties.Where(p => p.Value?["description"] is null).Select(p => $"{at}/{p.Key}").Concat(properties.SelectMany(p => Undescribed(p.Value, $"{at}/{p.Key}"))),
        JsonObject others => others.SelectMany(p => Undescribed(p.Value, $"{at}/{p.Key}")),
        JsonArray items => items.SelectMany((item, i) => Undescribed(item, $"{at}/{i}")),
        _ => [],
    };

    [Theory]
    [InlineData("/steps/4/conditions/0", """{ "fact": "rating", "is": "at-least", "value": 4 }""", "/steps/8")]
    [InlineData("/steps/4", """{ "id": "dear", "kind": "wait-for", "anchor": { "on": "trigger" }, "waitFor": { "on": "review-posted", "timeout": "P9D" }, "then": ["thanks", "again"], "else": ["offer"] }""", "/steps/8")]
    [InlineData("/steps/0", """{ "id": "parcel", "kind": "branch", "anchor": { "on": "trigger" }, "conditions": [{ "fact": "open-complaints", "is": "equal", "value": 0 }], "then": ["ask", "remind"], "else": ["sorry"] }""", "/steps/1 /steps/2")]
    public void Neither_a_request_for_a_review_nor_a_reward_is_on_a_path_that_satisfaction_decides(string at, string value, string pointers)
    {
        var (_, errors) = CadenceReader.Read(JsonElement.Parse(Changed(at, value).ToJsonString()), "post-sale");

        Assert.Equal(pointers, string.Join(' ', errors.Select(e => e.Pointer)));
        Assert.All(errors, e => Assert.Contains("content", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Nor_does_either_follow_such_a_path_however_far()
    {
        // A branch on the rating leads to a branch, that to a message, and the reward counts from that.
        var document = Changed("/steps/4/conditions/0", """{ "fact": "rating", "is": "known" }""");
        document["steps"]![4]!["else"] = null;
        document["steps"]![6]!["then"] = JsonNode.Parse("""["loyal", "offer"]""");

        var (_, errors) = CadenceReader.Read(JsonElement.Parse(document.ToJsonString()), "post-sale");

        Assert.Equal("/steps/8", Assert.Single(errors).Pointer);
        Assert.Contains("'dear', which leads to it", errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_waits_for_a_rating_and_then_asks_everybody_is_fair()
    {
        var document = Changed("/steps/0", """{ "id": "parcel", "kind": "wait-for", "anchor": { "on": "trigger" }, "waitFor": { "on": "complaint-opened", "timeout": "P9D" } }""");

        Assert.Empty(CadenceReader.Read(JsonElement.Parse(document.ToJsonString()), "post-sale").Errors);
    }

    private static JsonNode Changed(string pointer, string? value)
    {
        var document = JsonSerializer.SerializeToNode(FlowTests.Parcel, EventCatalog.Json)!;
        var parts = pointer.Split('/')[1..];
        var parent = parts[..^1].Aggregate(document, (node, part) => node is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!);
        if (value is null)
            parent.AsObject().Remove(parts[^1]);
        else if (parent is JsonArray items)
            items[int.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
        else
            parent[parts[^1]] = JsonNode.Parse(value);
        return document;
    }
}
