using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cx.Application.Privacy;
using Cx.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cx.Tests.EndToEnd;

/// <summary>Who opened, exported, erased, linked or restricted whose personal data is written down, without personal data.</summary>
public sealed class AuditTests(Running running) : IClassFixture<Running>
{
    [Fact]
    public async Task Who_reads_personal_data_is_written_down_and_who_reads_none_is_not()
    {
        using var shop = await running.Open("audited-reads");
        const string Email = "ada@audited-reads.example";
        await FollowUpTests.Deliver(shop, Email, 5001);
        await shop.Advance("PT1M");
        var customer = (string)(await shop.Find(Email))["id"]!;
        var message = (string)(await shop.All("/messages"))[0]["id"]!;
        var before = await Entries(shop);
        var reader = await RightsTests.Key(shop, "Support desk", "read", "marketing");
        string[] opening = [$"/customers/{customer}", $"/customers/{customer}/touchpoints", $"/customers/{customer}/export", $"/messages/{message}"];
        foreach (var path in (string[])[.. opening, "/customers", "/messages", $"/customers/{customer}/experience", $"/customers/{customer}/follow-ups", "/customers/nobody"])
        {
            await reader.Client.GetAsync(shop.Path + path);
        }

        await reader.Client.PostAsJsonAsync($"{shop.Path}/customers/lookup", new { email = Email });

        var written = (await Entries(shop)).SkipLast(before.Count).Reverse().ToList();
        Assert.Equal(
            [("opened", "getCustomer"), ("opened", "listTouchpoints"), ("exported", "exportCustomer"), ("opened", "getMessage"), ("opened", "lookupCustomer")],
            written.Select(e => ((string)e["action"]!, (string)e["request"]!)));
        Assert.All(written, e => Assert.Equal((reader.Id, "Support desk", customer), ((string)e["by"]!["id"]!, (string?)e["by"]!["name"], (string?)e["customer"])));
        Assert.Equal(("installation", null), ((string)before[0]["by"]!["id"]!, (string?)before[0]["by"]!["name"]));

        Assert.Equal(HttpStatusCode.Forbidden, (await reader.Client.GetAsync(shop.Path + "/audit")).StatusCode);
        Assert.Equal(["exported"], (await shop.All($"/audit?customer={customer}&action=exported")).Select(e => (string)e["action"]!));
        Assert.Equal(written.Count + before.Count, (await shop.All($"/audit?customer={customer}", limit: 2)).Count);
        Assert.Equal(before.Concat(written).Count(e => (string)e["action"]! == "opened"), (await shop.All("/audit?action=opened", limit: 1)).Count);
        Assert.Empty(await shop.All("/audit?customer=nobody"));
        Assert.Equal("invalid-action", await (await shop.Api.GetAsync($"{shop.Path}/audit?action=looked")).Code());
    }

    [Fact]
    public async Task What_changes_something_is_written_down_with_it_once_and_outlives_the_erasure()
    {
        using var shop = await running.Open("audited-acts");
        var emails = new[] { "ada@audited-acts.example", "bob@audited-acts.example" };
        foreach (var (i, email) in emails.Index())
        {
            await FollowUpTests.Deliver(shop, email, 5101 + (10 * i));
        }

        var (lead, other) = ((string)(await shop.Find(emails[0]))["id"]!, (string)(await shop.Find(emails[1]))["id"]!);
        var path = $"{shop.Path}/customers/{lead}";
        var admin = await RightsTests.Key(shop, "Privacy officer", "admin", "read", "marketing");
        foreach (var right in new[] { "restriction", "profiling-objection" })
        {
            foreach (var act in new[] { HttpMethod.Put, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Delete })
            {
                Assert.Equal(HttpStatusCode.OK, (await admin.Client.SendAsync(new(act, $"{path}/{right}"))).StatusCode);
            }
        }

        await admin.Client.PostAsJsonAsync($"{path}/links", new { customer = other });
        await admin.Client.DeleteAsync($"{path}/links/{other}");
        var restricted = (await shop.All($"/customers/{lead}/touchpoints")).Single(t => (string)t["type"]! == "processing-restricted.v1");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.NoContent, (await admin.Client.DeleteAsync(path)).StatusCode);
        }

        var redact = new JsonObject
        {
            ["shop_domain"] = "bottega.myshopify.com",
            ["customer"] = new JsonObject { ["id"] = 1_005_111, ["email"] = emails[1], ["phone"] = null },
            ["orders_to_redact"] = new JsonArray(5111),
        };
        Assert.Equal(HttpStatusCode.OK, (await shop.Shopify("customers/redact", "audited-redact", redact.ToJsonString())).StatusCode);

        var acts = (await Entries(shop)).Where(e => (string)e["action"]! != "opened").Reverse().ToList();
        Assert.Equal(
            ["restricted", "restriction-lifted", "profiling-objected", "profiling-objection-lifted", "linked", "linked", "unlinked", "unlinked", "erased", "erased"],
            acts.Select(e => (string)e["action"]!));
        Assert.Equal(((string)restricted["correlation"]!, "restrictProcessing", admin.Id), ((string)acts[0]["correlation"]!, (string)acts[0]["request"]!, (string)acts[0]["by"]!["id"]!));
        Assert.Equal(new[] { lead, other }.Order(), acts.Where(e => (string)e["action"]! == "linked").Select(e => (string)e["customer"]!).Order());
        Assert.Equal((lead, "eraseCustomer", "Privacy officer"), ((string)acts[^2]["customer"]!, (string)acts[^2]["request"]!, (string?)acts[^2]["by"]!["name"]));
        Assert.Equal((other, "customers/redact", "shopify"), ((string)acts[^1]["customer"]!, (string)acts[^1]["request"]!, (string?)acts[^1]["by"]!["id"]));
        var dump = await Dump.Of(running.Tables.Connection);
        Assert.Contains("cx_audit", dump, StringComparison.Ordinal);
        Assert.DoesNotContain("@audited-acts.example", dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_written_down_does_not_happen()
    {
        await using var host = await Installation.Start();
        using var shop = await host.Open("unaudited");
        const string Email = "ada@unaudited.example";
        await FollowUpTests.Deliver(shop, Email, 5201);
        var path = shop.Path + await shop.PathOf(Email);
        await host.Tables.Run("alter table cx_audit add constraint refused check (action not in ('restricted', 'exported', 'erased')) not valid");

        var refused = new[] { await shop.Api.PutAsync($"{path}/restriction", null), await shop.Api.GetAsync($"{path}/export"), await shop.Api.DeleteAsync(path) };

        Assert.All(refused, r => Assert.Equal(HttpStatusCode.InternalServerError, r.StatusCode));
        var then = JsonNode.Parse(await shop.Api.GetStringAsync(path))!;
        Assert.Null(then["restriction"]);
        Assert.Equal(Email, (string?)then["details"]!["email"]);
        Assert.All(await Entries(shop), e => Assert.Equal("opened", (string)e["action"]!));
    }

    [Fact]
    public async Task The_list_is_kept_for_two_years()
    {
        await using var host = await Installation.Start();
        using var shop = await host.Open("kept");
        await FollowUpTests.Deliver(shop, "ada@kept.example", 5301);
        await shop.Find("ada@kept.example");
        var retention = host.Services.GetRequiredService<Retention>();
        var now = await shop.Now();

        await retention.Apply(now.AddDays(731).AddMinutes(-1), default);
        Assert.Single(await Entries(shop));
        await retention.Apply(now.AddDays(732), default);
        Assert.Empty(await Entries(shop));
    }

    private static Task<List<JsonNode>> Entries(Shop shop) => shop.All("/audit");
}
