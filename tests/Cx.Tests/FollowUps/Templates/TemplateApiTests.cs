using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Tests.EventStore;
using Cx.Tests.FollowUps.Outbox;
using Cx.Tests.Support;
using static Cx.Tests.EventStore.SampleFacts;

namespace Cx.Tests.FollowUps.Templates;

/// <summary>Marketing writes what messages say, over real HTTP.</summary>
public sealed class TemplateApiTests
{
    private const string Path = $"api/shops/{ApiHost.Shop}/templates";

    private static readonly object Own = new { subject = "Ciao {{firstName}}", text = "{{> greeting}}\n{{> footer}}", html = "{{#> layout}}<p>{{firstName}} <b>{{orderNumber}}</b></p>{{/layout}}" };

    private readonly HandClock clock = new(StoreRig.Start);

    [Fact]
    public async Task A_template_is_replaced_read_by_version_and_given_back()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var key = await (await host.Post($"api/shops/{ApiHost.Shop}/keys", new { name = "Marketing", scopes = new[] { "marketing" } })).Json();
        using var marketing = host.With((string)key["key"]!);

        var shipped = await marketing.GetAsync($"{Path}/thank-you/it");
        Assert.Equal(("\"0\"", false, 0), (shipped.Headers.ETag!.Tag, (bool)(await shipped.Json())["own"]!, (int)(await shipped.Json())["version"]!));
        var saved = await marketing.PutAsJsonAsync($"{Path}/thank-you/it", Own);
        Assert.Equal((HttpStatusCode.OK, 1, "\"1\""), (saved.StatusCode, (int)(await saved.Json())["version"]!, saved.Headers.ETag!.Tag));
        var same = await marketing.PutAsJsonAsync($"{Path}/thank-you/it", Own);
        Assert.Equal(1, (int)(await same.Json())["version"]!);

        using var late = new HttpRequestMessage(HttpMethod.Put, $"{Path}/thank-you/it") { Content = JsonContent.Create(Own), Headers = { { "If-Match", "\"0\"" } } };
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await marketing.SendAsync(late)).StatusCode);

        var own = await (await marketing.GetAsync($"{Path}/thank-you/it")).Json();
        Assert.Equal((true, "Ciao {{firstName}}", (string?)key["id"]), ((bool)own["own"]!, (string?)own["subject"], (string?)own["versions"]![0]!["by"]));
        Assert.Equal("thank-you", (string?)own["usedBy"]![0]!["step"]);
        Assert.Equal("Ciao {{firstName}}", (string?)(await (await marketing.GetAsync($"{Path}/thank-you/it/versions/1")).Json())["subject"]);
        Assert.Equal(HttpStatusCode.NotFound, (await marketing.GetAsync($"{Path}/thank-you/it/versions/2")).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await marketing.DeleteAsync($"{Path}/thank-you/it")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await marketing.DeleteAsync($"{Path}/thank-you/it")).StatusCode);
        Assert.False((bool)(await host.Read($"{Path}/thank-you/it"))["own"]!);
        Assert.Equal(HttpStatusCode.OK, (await marketing.GetAsync($"{Path}/thank-you/it/versions/1")).StatusCode);
        var audit = (await host.Read($"api/shops/{ApiHost.Shop}/audit"))["items"]!.AsArray().Select(e => $"{e!["action"]} {e["by"]!["name"]}").ToList();
        Assert.Contains("template-saved Marketing", audit);
        Assert.Contains("template-removed Marketing", audit);
    }

    [Fact]
    public async Task Everything_wrong_is_answered_at_once_with_its_place()
    {
        await using var host = await ApiHost.StartWithShop(clock);

        var refused = await host.Put($"{Path}/review-request/it", new { subject = "Hi\nthere", text = "", html = "<p>{{shopNmae}}\n<a href=\"{{website}}\">" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var problem = await refused.Json();
        Assert.Equal("invalid-template", (string?)problem["code"]);
        Assert.Equal(
            ["/subject 1:3", "/text :", "/html 1:6"], problem["errors"]!.AsArray().Select(e => $"{e!["pointer"]} {e["line"]}:{e["column"]}").OrderBy(e => e[1] switch { 's' => 0, 't' => 1, _ => 2 }));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Put($"{Path}/Bad_Name/it", Own)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Put($"{Path}/news/italian-language-of-italy", Own)).StatusCode);
        Assert.Equal(0, (int)(await host.Read($"{Path}/review-request/it"))["version"]!);
    }

    [Fact]
    public async Task A_preview_shows_a_draft_to_a_customer_and_nobody_who_was_erased()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        var customer = await host.Report([(IdentifierKind.Email, "a@example.com")], [Learned("a@example.com")]);

        var shown = await (await host.Post($"{Path}/review-request/preview", new { customer = customer.Value, language = "it", draft = Own })).Json();
        Assert.Equal("it", (string?)shown["language"]);
        Assert.Contains("unsubscribe.example", (string?)shown["html"], StringComparison.Ordinal);
        var sample = await (await host.Post($"{Path}/thank-you/preview", new { sample = true, language = "en" })).Json();
        Assert.Contains("Alex", (string?)sample["text"], StringComparison.Ordinal);
        Assert.DoesNotContain("unsubscribe", (string?)sample["html"], StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Post($"{Path}/thank-you/preview", new { draft = new { subject = "{{x}}", text = "t", html = "h" } })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Post($"{Path}/no-such/preview", new { sample = true })).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Post($"{Path}/thank-you/preview", new { sample = true, customer = customer.Value })).StatusCode);

        await host.Client.DeleteAsync($"api/shops/{ApiHost.Shop}/customers/{customer}");
        Assert.Equal(HttpStatusCode.Gone, (await host.Post($"{Path}/thank-you/preview", new { customer = customer.Value })).StatusCode);
    }

    [Fact]
    public async Task A_step_sends_a_template_that_exists_in_the_shops_language_and_shows_how_to_unsubscribe()
    {
        await using var host = await ApiHost.StartWithShop(clock);
        Assert.Equal("/steps/1/template there is no template 'news' for this", await Refusal(host));

        await host.Put($"{Path}/news/de", Own);
        Assert.Equal("/steps/1/template the template 'news' has no text in 'it', the shop's first language", await Refusal(host));

        await host.Put($"{Path}/news/it", new { subject = "s", text = "t", html = "<p>h</p>" });
        Assert.Equal("/steps/1/template the template 'news' shows no link to unsubscribe in 'it', and the step is marketing", await Refusal(host));

        await host.Put($"{Path}/news/it", Own);
        Assert.Null(await Refusal(host));
        var conflict = await host.Client.DeleteAsync($"{Path}/news/it");
        Assert.Equal((HttpStatusCode.Conflict, "template-in-use"), (conflict.StatusCode, (string?)(await conflict.Json())["code"]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Put($"{Path}/news/it", new { subject = "s", text = "t", html = "<p>h</p>" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Post($"api/shops/{ApiHost.Shop}/cadences/post-sale/publish", new { running = "stay" })).StatusCode);
    }

    [Fact]
    public async Task The_fields_and_helpers_are_served()
    {
        await using var host = await ApiHost.StartWithShop(clock);

        var served = await host.Read("api/schemas/template-fields.json");

        Assert.Contains("orderedAt", served["fields"]!.AsArray().Select(f => (string?)f!["name"]));
        Assert.Contains("plural", served["helpers"]!.AsArray().Select(h => (string?)h!["name"]));
        Assert.Contains("footer", served["partials"]!.AsArray().Select(p => (string?)p));
    }

    private static async Task<string?> Refusal(ApiHost host)
    {
        var document = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(DefaultCadences.PostSale, EventCatalog.Json))!;
        document["steps"]![1]!["template"] = "news";
        var response = await host.Client.PutAsync($"api/shops/{ApiHost.Shop}/cadences/post-sale/draft", new StringContent(document.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        return response.IsSuccessStatusCode ? null : (await response.Json())["errors"]!.AsArray().Select(e => $"{e!["pointer"]} {e["message"]}").Single();
    }
}
