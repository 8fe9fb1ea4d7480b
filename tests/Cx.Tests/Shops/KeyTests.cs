using System.Net;
using System.Text;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Tests.Support;

namespace Cx.Tests.Shops;

public sealed class KeyTests
{
    private static readonly HandClock Clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_key_is_shown_once_opens_its_scopes_of_its_shop_and_no_more_once_revoked()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        await host.Put("api/shops/other", new { name = "Other", timeZone = "Etc/UTC", languages = new[] { "en" } });
        var made = await host.Post("api/shops/bottega/keys", new { name = "Support", scopes = new[] { "read" } });
        var key = await made.Json();
        using var support = host.With((string)key["key"]!);

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.StartsWith("cxk_", (string)key["key"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await support.GetAsync("api/shops/bottega/customers")).StatusCode);
        Assert.Equal("missing-scope", await (await support.GetAsync("api/shops/bottega/keys")).Code());
        Assert.Equal("missing-scope", await (await support.GetAsync("api/shops/other/customers")).Code());

        var listed = (await host.Read("api/shops/bottega/keys")).ToJsonString();
        Assert.Contains("Support", listed, StringComparison.Ordinal);
        Assert.DoesNotContain((string)key["key"]!, listed, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"api/shops/bottega/keys/{(string)key["id"]!}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await support.GetAsync("api/shops/bottega/customers")).StatusCode);
        Assert.Equal("unknown-key", await (await host.Client.DeleteAsync("api/shops/bottega/keys/none")).Code());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\v")]
    [InlineData("\u00a0")]
    [InlineData("\u2003\t")]
    public async Task A_blank_key_opens_nothing(string blank)
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        using var nobody = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = host.Client.BaseAddress };
        nobody.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {blank}");

        var refused = await nobody.GetAsync("api/shops/bottega/customers");

        // Kestrel cuts spaces and tabs off.
        var detail = blank.Length == 0 ? "This needs a key" : "The key is blank";
        Assert.Equal((HttpStatusCode.Unauthorized, $"{detail}: Authorization: Bearer <key>."), (refused.StatusCode, (string?)(await refused.Json())["detail"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \v")]
    [InlineData("nineteen-characters")]
    public void An_admin_key_that_could_be_guessed_is_none(string key) => Assert.Throws<ArgumentException>(() => new AdminKey(key));

    [Fact]
    public async Task A_key_needs_a_name_and_known_scopes()
    {
        await using var host = await ApiHost.StartWithShop(Clock);

        var refused = await host.Post("api/shops/bottega/keys", new { name = " ", scopes = new[] { "read", "public", "everything" } });

        Assert.Equal(["/name", "/scopes/1", "/scopes/2"], (await refused.Json())["errors"]!.AsArray().Select(e => (string)e!["path"]!));
    }

    [Fact]
    public async Task A_sources_secret_is_sealed_never_shown_and_found_by_who_verifies()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        const string secret = "shpss_correct-horse-battery", second = "shpss_second-while-rotating";
        var directory = host.Get<SourceDirectory>();

        var put = await host.Put("api/shops/bottega/sources/shopify", new { secret, secondSecret = second });
        var settings = await directory.Get(new("bottega"), "shopify", default);

        Assert.Equal([secret, second], settings!.Secrets);
        Assert.Equal(1000, settings.RequestsPerSecond);
        var shown = await put.Content.ReadAsStringAsync() + (await host.Read("api/shops/bottega/sources")).ToJsonString() + await Dump.Of(host.Connection);
        Assert.Contains("/api/shops/bottega/webhooks/shopify", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes("horse")), shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_processs_change_of_a_source_is_seen_when_asked_afresh_or_told()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        var here = host.Get<SourceDirectory>();
        var there = Stores.Sources(host.Database, host.Get<Application.Privacy.InstallationKeys>(), Clock);
        await here.Set(new("bottega"), "shopify", new(["old-secret"]), default);
        await there.Get(new("bottega"), "shopify", default);

        await here.Set(new("bottega"), "shopify", new(["new-secret"]), default);

        Assert.Equal(["old-secret"], there.Recent(new("bottega"), "shopify")!.Secrets);
        Assert.Equal(["new-secret"], (await there.Get(new("bottega"), "shopify", default))!.Secrets);
        await here.Remove(new("bottega"), "shopify", default);
        there.Forget(new("bottega"));
        Assert.Null(there.Recent(new("bottega"), "shopify"));
    }

    [Fact]
    public async Task A_source_must_be_known_and_its_secret_of_its_form()
    {
        await using var host = await ApiHost.StartWithShop(Clock);

        var refused = await host.Put("api/shops/bottega/sources/shopify", new { secret = "short", secondSecret = "", requestsPerSecond = 0 });

        Assert.Equal(["/secret", "/secondSecret", "/requestsPerSecond"], (await refused.Json())["errors"]!.AsArray().Select(e => (string)e!["path"]!));
        Assert.Equal("unknown-source", await (await host.Put("api/shops/bottega/sources/fax", new { secret = "long enough" })).Code());
        Assert.Equal("unknown-shop", await (await host.Put("api/shops/none/sources/shopify", new { secret = "long enough" })).Code());
        Assert.Equal("unknown-source", await (await host.Client.DeleteAsync("api/shops/bottega/sources/shopify")).Code());
    }

    internal static async Task<string> Create(ApiHost host, string shop, params string[] scopes) =>
        (string)(await (await host.Post($"api/shops/{shop}/keys", new { name = "test", scopes })).Json())["key"]!;
}
