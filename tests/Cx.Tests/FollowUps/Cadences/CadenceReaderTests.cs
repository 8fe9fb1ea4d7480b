using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;

namespace Cx.Tests.FollowUps.Cadences;

/// <summary>What cannot be stored, or nobody means, is refused with its place, and not by the database.</summary>
public sealed class CadenceReaderTests
{
    [Theory]
    [InlineData("/name", "\"a\\u0000b\"")]
    [InlineData("/name", "\"a\\ud800b\"")]
    [InlineData("/name", "\"  \"")]
    [InlineData("/steps/0/maxLateness", "\"P99999999D\"")]
    [InlineData("/steps/0/anchor/delay", "\"P99999999999D\"")]
    [InlineData("/steps/0/conditions/0/value", "\"\\u0000\"")]
    [InlineData("/steps/0/conditions/0/value", "[\"IT\",\"\\ud800\"]")]
    [InlineData("/reentry/after", "\"P99999999D\"")]
    public void A_value_that_cannot_be_kept_is_refused_at_its_place(string pointer, string value)
    {
        var document = Document();
        Set(document, pointer, $"\"{Marker}\"");

        var (_, errors) = CadenceReader.Read(JsonElement.Parse(document.ToJsonString().Replace($"\"{Marker}\"", value, StringComparison.Ordinal)), "post-sale");

        Assert.Equal(pointer, Assert.Single(errors).Pointer);
        Assert.NotEmpty(errors[0].Hint);
    }

    [Fact]
    public void A_document_without_bounds_is_refused()
    {
        var document = Document();
        document["name"] = new string('x', 201);
        var step = document["steps"]![0]!;
        document["steps"] = new JsonArray([.. Enumerable.Range(0, 101).Select(i =>
        {
            var copy = step.DeepClone();
            copy["id"] = $"s{i}";
            return copy;
        })]);
        document["exits"] = new JsonArray([.. Enumerable.Range(0, 1001).Select(_ => (JsonNode)new JsonObject { ["on"] = "order-cancelled" })]);

        var (_, errors) = CadenceReader.Read(JsonElement.Parse(document.ToJsonString()), "post-sale");

        Assert.Equal(["/exits", "/name", "/steps"], errors.Select(e => e.Pointer).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"reviews":{"exclude":{"products":["a\u0000"]}}}""", "/reviews/exclude/products/0")]
    [InlineData("""{"caps":[{"most":1,"within":"P99999999D"}]}""", "/caps/0/within")]
    public void Nor_is_it_in_a_contact_policy(string policy, string pointer) => Assert.Equal(pointer, Assert.Single(PolicyValidator.Read(JsonElement.Parse(policy)).Errors).Pointer);

    private const string Marker = "marker";

    private static JsonNode Document()
    {
        var document = JsonSerializer.SerializeToNode(DefaultCadences.PostSale, EventCatalog.Json)!;
        document["steps"]![0]!["conditions"] = JsonNode.Parse("""[{"fact":"country","is":"one-of","value":["IT"]}]""");
        document["reentry"] = JsonNode.Parse("""{"after":"P90D","whileRunning":false}""");
        return document;
    }

    private static void Set(JsonNode document, string pointer, string json)
    {
        var path = pointer.Split('/')[1..];
        var parent = path[..^1].Aggregate(document, (node, name) => int.TryParse(name, out var index) ? node[index]! : node[name]!);
        parent[path[^1]] = JsonNode.Parse(json);
    }
}
