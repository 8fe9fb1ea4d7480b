using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.EndToEnd;

/// <summary>The rights of a customer besides consent and erasure, as they are exercised through the API.</summary>
public sealed class RightsTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task While_processing_is_restricted_nothing_is_sent_and_nothing_shown_but_to_administrators()
    {
        using var shop = await running.Open("restricted");
        const string Email = "ada@restricted.example";
        await FollowUpTests.Deliver(shop, Email, 3001);
        await shop.Advance("PT1M");
        var path = await shop.PathOf(Email);
        var sent = running.Smtp.Mails.Count(m => m.To.Contains(Email));
        var (admin, reader) = (await Key(shop, "admin", "read", "admin"), await Key(shop, "reader", "read", "marketing"));
        var restricted = await Ok(await admin.Client.PutAsync($"{shop.Path}{path}/restriction", null));
        Assert.Equal(admin.Id, (string?)restricted["restriction"]!["by"]);
        Assert.Equal(restricted.ToJsonString(), (await Ok(await shop.Api.PutAsync($"{shop.Path}{path}/restriction", null))).ToJsonString());
        await shop.Advance("P8D");

        // Nothing is sent, and why says so.
        Assert.Equal(sent, running.Smtp.Mails.Count(m => m.To.Contains(Email)));
        var followUp = Assert.Single((await shop.Get($"{path}/follow-ups"))["items"]!.AsArray())!;
        var step = Assert.Single(followUp["steps"]!.AsArray(), s => (string)s!["step"]! == "review-request")!;
        Assert.Equal(("held", "restricted"), ((string)step["status"]!, (string)step["reason"]!));
        var why = await shop.Get($"/follow-ups/{followUp["id"]}/steps/review-request/why");
        Assert.Contains(why["decisions"]!.AsArray(), d => d!["checks"]!.AsArray().Any(c => (string)c!["policy"]! == "restriction" && !(bool)c["passed"]!));

        // Nobody sees it but an administrator.
        var message = (string)(await shop.All("/messages"))[0]["id"]!;
        string[] readings = [path, $"{path}/experience", $"{path}/touchpoints", $"{path}/export", $"{path}/follow-ups", $"/follow-ups/{followUp["id"]}/steps/review-request/why", $"/messages/{message}"];
        foreach (var reading in readings)
        {
            var refused = await reader.Client.GetAsync(shop.Path + reading);
            Assert.Equal((HttpStatusCode.Forbidden, "processing-restricted"), (refused.StatusCode, await refused.Code()));
            Assert.Equal(HttpStatusCode.OK, (await admin.Client.GetAsync(shop.Path + reading)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await reader.Client.PostAsJsonAsync($"{shop.Path}/customers/lookup", new { email = Email })).StatusCode);
        foreach (var list in new[] { "/customers", "/messages" })
        {
            Assert.Empty((await Ok(await reader.Client.GetAsync(shop.Path + list)))["items"]!.AsArray());
            Assert.NotEmpty((await Ok(await admin.Client.GetAsync(shop.Path + list)))["items"]!.AsArray());
        }

        Assert.Equal(("restricted", null), Scored((await shop.All("/customers")).Single(c => path.EndsWith((string)c["id"]!, StringComparison.Ordinal))));
        Assert.Equal(("restricted", null), Scored(await shop.Get($"{path}/experience")));

        // An objection is still taken, and shows nothing besides.
        var objected = await Ok(await reader.Client.PutAsJsonAsync($"{shop.Path}{path}/consents", new { channel = "phone", purpose = "service", given = false }));
        Assert.Equal("phone", (string?)Assert.Single(objected["items"]!.AsArray())!["channel"]);

        // It outlives a rebuild.
        await running.Tables.Run("update cx_customers set fold = 0 where shop = 'restricted'");
        Assert.Equal(admin.Id, (string?)(await shop.Get(path))["restriction"]!["by"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.Client.GetAsync(shop.Path + path)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.Client.DeleteAsync($"{shop.Path}{path}/restriction")).StatusCode);

        var lifted = await Ok(await admin.Client.DeleteAsync($"{shop.Path}{path}/restriction"));
        Assert.Null(lifted["restriction"]);
        await shop.Advance("P1D");
        Assert.Equal(sent + 1, running.Smtp.Mails.Count(m => m.To.Contains(Email)));
        Assert.Equal(HttpStatusCode.OK, (await reader.Client.GetAsync(shop.Path + path)).StatusCode);
        Assert.All(await shop.All("/customers"), c => Assert.Equal("scored", (string?)c["state"]));
    }

    [Fact]
    public async Task Who_objects_to_profiling_is_neither_scored_nor_made_offers_and_gets_the_rest()
    {
        using var shop = await running.Open("profiling");
        var emails = new[] { "ada@profiling.example", "bob@profiling.example" };
        foreach (var (i, email) in emails.Index())
        {
            await FollowUpTests.Deliver(shop, email, 4001 + (10 * i));
        }

        var path = await shop.PathOf(emails[0]);
        var marketing = await Key(shop, "support", "marketing", "read");
        var objected = await Ok(await marketing.Client.PutAsync($"{shop.Path}{path}/profiling-objection", null));
        Assert.Equal(marketing.Id, (string?)objected["profilingObjection"]!["by"]);

        var experience = await shop.Get($"{path}/experience");
        Assert.Equal(("objected", null), Scored(experience));
        Assert.Empty(experience["contributions"]!.AsArray());
        Assert.Equal(("objected", null), Scored((await shop.All("/customers")).Single(c => path.EndsWith((string)c["id"]!, StringComparison.Ordinal))));
        Assert.NotNull((await shop.Get($"{await shop.PathOf(emails[1])}/experience"))["score"]);

        await shop.Advance("P8D");
        await shop.Advance("P20D");
        var steps = Assert.Single((await shop.Get($"{path}/follow-ups"))["items"]!.AsArray())!["steps"]!.AsArray().ToDictionary(s => (string)s!["step"]!, s => ((string)s!["status"]!, (string?)s["reason"]));
        Assert.Equal(("sent", null), steps["thank-you"]);
        Assert.Equal(("sent", null), steps["review-request"]);
        Assert.Equal(("skipped", "profiling-objected"), steps["related-offer"]);

        Assert.NotNull((await shop.Get(path))["profilingObjection"]!["since"]);
        await Ok(await marketing.Client.DeleteAsync($"{shop.Path}{path}/profiling-objection"));
        Assert.Equal("scored", (string?)(await shop.Get($"{path}/experience"))["state"]);
        Assert.Contains(await shop.All($"{path}/touchpoints"), t => (string)t["type"]! == "profiling-objection-lifted.v1");
    }

    internal static async Task<(string Id, HttpClient Client)> Key(Shop shop, string name, params string[] scopes)
    {
        var made = await shop.Post("/keys", new { name, scopes });
        return ((string)made["id"]!, Contract.Client(shop.Api.BaseAddress!, (string)made["key"]!));
    }

    private static (string?, double?) Scored(JsonNode node) => ((string?)node["state"], (double?)node["score"]);

    private static async Task<JsonNode> Ok(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }
}
