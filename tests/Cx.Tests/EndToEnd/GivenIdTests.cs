using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>An id that a caller gave is stored as a hash, and goes on naming what it named: by itself, and by the hash that the API answers.</summary>
public sealed class GivenIdTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task A_conversation_is_answered_by_the_callers_own_id_and_by_the_one_that_the_API_shows()
    {
        using var shop = await running.Open("conversations", sending: "off");
        const string Email = "ada@conversations.example", Talk = "+39 011 555 0177";
        var at = (await shop.Now()).AddHours(-5);
        await Applied(shop.Touchpoints("q1", Payloads.Touchpoint("c-1", "contact", at, Email, new { conversationId = Talk })));
        await Applied(shop.Touchpoints("a1", Payloads.Touchpoint("c-2", "answer", at.AddHours(1), null, new { conversationId = Talk })));
        await Applied(shop.Standard("q2", Payloads.Touchpoint("c-3", "contact", at.AddHours(2), Email, new { conversationId = Talk }).ToJsonString()));

        var shown = await Conversation(shop, Email);
        Assert.Equal((Talk, true, 2), ((string?)shown["reference"], (bool)shown["waiting"]!, shown["exchanges"]!.AsArray().Count));
        Assert.Matches("^h1\\.[0-9a-f]{32}$", (string)shown["id"]!);
        await Applied(shop.Touchpoints("a2", Payloads.Touchpoint("c-4", "answer", at.AddHours(3), null, new { conversationId = (string)shown["id"]! })));

        var answered = await Conversation(shop, Email);
        Assert.Equal((false, 2, Talk), ((bool)answered["waiting"]!, answered["exchanges"]!.AsArray().Count, (string?)answered["reference"]));
    }

    [Fact]
    public async Task A_complaint_is_resolved_by_the_callers_own_id_and_by_the_one_that_the_API_shows()
    {
        using var shop = await running.Open("complaints", sending: "off");
        const string Email = "ada@complaints.example";
        var at = (await shop.Now()).AddHours(-5);
        foreach (var own in new[] { "RMA 1", "RMA 2", "RMA 3" })
        {
            await Applied(shop.Touchpoints(own, Payloads.Touchpoint($"t-{own}", "complaint", at, Email, new { complaintId = own })));
        }

        var path = await shop.PathOf(Email);
        var third = (await Complaints(shop, path)).Single(c => (string?)c["reference"] == "RMA 3");
        await shop.Post($"{path}/complaints/{third["id"]}/resolve", new { });
        await shop.Post($"{path}/complaints/RMA%202/resolve", new { });
        await Applied(shop.Touchpoints("r-1", Payloads.Touchpoint("r-1", "resolution", at.AddHours(1), Email, new { complaintId = "RMA 1" })));

        var complaints = await Complaints(shop, path);
        Assert.Equal(3, complaints.Count);
        Assert.All(complaints, c => Assert.NotNull(c["resolvedAt"]));
        var again = await shop.Post($"{path}/complaints", new { channel = "email", complaintId = "RMA 1" });
        Assert.Contains(complaints, c => (string?)c["id"] == (string?)again["id"] && (string?)c["reference"] == "RMA 1");
    }

    private static async Task<JsonNode> Conversation(Shop shop, string email) => Assert.Single((await shop.Find(email))["conversations"]!.AsArray())!;

    private static async Task<List<JsonNode>> Complaints(Shop shop, string path) => [.. (await shop.Get(path))["complaints"]!.AsArray().Select(c => c!)];

    private static async Task Applied(Task<HttpResponseMessage> posted)
    {
        var answer = await posted;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK && text.Contains("\"applied\"", StringComparison.Ordinal), text);
    }
}
