using System.Net;
using System.Text.Json.Nodes;
using Cx.Tests.Support;

namespace Cx.Tests.Shops;

public sealed class ShopTests
{
    private static readonly HandClock Clock = new(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_shop_is_created_changed_and_left_alone_when_nothing_differs()
    {
        await using var host = await ApiHost.Start(Clock);
        var settings = new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it", "en" }, deliveryPromiseDays = 5, policy = new { marketingCap = 3 }, postalAddress = "Via Roma 1" };

        var created = await host.Put("api/shops/bottega", settings);
        var same = await host.Put("api/shops/bottega", settings);
        var changed = await host.Put("api/shops/bottega", new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" }, softOptIn = true });

        Assert.Equal((HttpStatusCode.Created, "\"1\""), (created.StatusCode, created.Headers.ETag!.Tag));
        Assert.Equal((HttpStatusCode.OK, "\"1\""), (same.StatusCode, same.Headers.ETag!.Tag));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (changed.StatusCode, changed.Headers.ETag!.Tag));
        var first = await created.Json();
        Assert.Equal((5, "Via Roma 1"), ((int)first["deliveryPromiseDays"]!, (string)first["postalAddress"]!));
        Assert.Equal((3, "PT16H"), ((int)first["policy"]!["marketingCap"]!, (string)first["policy"]!["marketingSpacing"]!));
        Assert.Equal("off", (string)first["sending"]!);
        Assert.True((bool)(await host.Read("api/shops/bottega"))["softOptIn"]!);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        await using var host = await ApiHost.Start(Clock);

        var refused = await host.Put("api/shops/bottega", JsonNode.Parse("""
            {
              "timeZone": "Rome", "languages": ["italiano!"], "businessHours": {"week": {"funday": ["09:00-18:00"]}}, "reviewUrl": "bottega.example",
              "policy": {"marketingCap": -1, "capDayz": 3}, "experience": {"halfLifeDays": -1, "table": {"csatWeight": "much"}}, "colour": "red", "deliveryPromiseDays": 9999
            }
            """)!);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid-shop"), (refused.StatusCode, await refused.Code()));
        var paths = (await refused.Json())["errors"]!.AsArray().Select(e => (string)e!["path"]!).Order(StringComparer.Ordinal);
        Assert.Equal(
            ["/businessHours", "/colour", "/deliveryPromiseDays", "/experience/halfLifeDays", "/experience/table/csatWeight", "/languages/0", "/name", "/policy/capDayz", "/reviewUrl", "/timeZone"],
            paths);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("api/shops/bottega")).StatusCode);
    }

    [Theory]
    [InlineData("""{"experience": {"emphasisFactor": 1e308}}""", "/experience/emphasisFactor")]
    [InlineData("""{"experience": {"table": {"csatWeight": 1e300}}}""", "/experience/table/csatWeight")]
    [InlineData("""{"experience": {"halfLifeDays": 1e-300}}""", "/experience/halfLifeDays")]
    [InlineData("""{"experience": {"table": {"mentionWeightPerTenfold": 1001}}}""", "/experience/table/mentionWeightPerTenfold")]
    [InlineData("""{"experience": {"responseTargets": {"email": "P3650000D"}}}""", "/experience/responseTargets/email")]
    [InlineData("""{"name": "half \ud800 a pair"}""", "/name")]
    [InlineData("""{"languages": ["\udc00"]}""", "/languages/0")]
    [InlineData("""{"website": "https://bottega.example/\ud800"}""", "/website")]
    public async Task A_number_out_of_range_and_a_text_that_is_no_Unicode_are_refused_by_name(string wrong, string path)
    {
        await using var host = await ApiHost.Start(Clock);
        var settings = $$"""{"name": "Bottega", "timeZone": "Europe/Rome", "languages": ["it"], {{wrong[1..]}}""";

        var refused = await host.Client.PutAsync("api/shops/bottega", new StringContent(settings, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid-shop"), (refused.StatusCode, await refused.Code()));
        Assert.Equal([path], (await refused.Json())["errors"]!.AsArray().Select(e => (string)e!["path"]!));
    }

    [Fact]
    public async Task A_change_of_what_was_read_before_somebody_elses_change_is_refused()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        host.Client.DefaultRequestHeaders.TryAddWithoutValidation("If-Match", "\"1\"");

        var mine = await host.Put("api/shops/bottega", new { name = "Mine", timeZone = "Europe/Rome", languages = new[] { "it" } });
        var late = await host.Put("api/shops/bottega", new { name = "Late", timeZone = "Europe/Rome", languages = new[] { "it" } });

        Assert.Equal(HttpStatusCode.OK, mine.StatusCode);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "version-changed"), (late.StatusCode, await late.Code()));
        Assert.Equal("Mine", (string)(await host.Read("api/shops/bottega"))["name"]!);
    }

    [Fact]
    public async Task Changes_at_once_are_all_made_one_after_the_other()
    {
        await using var host = await ApiHost.StartWithShop(Clock);

        var responses = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => host.Put("api/shops/bottega", new { name = $"Name {i}", timeZone = "Europe/Rome", languages = new[] { "it" } })));

        Assert.All(responses, r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
        Assert.Equal(9, (long)(await host.Read("api/shops/bottega"))["version"]!);
    }

    [Fact]
    public async Task Shops_are_listed_page_by_page_to_the_installation_only()
    {
        await using var host = await ApiHost.Start(Clock);
        foreach (var shop in new[] { "c", "a", "b" })
        {
            await host.Put($"api/shops/{shop}", new { name = shop, timeZone = "Etc/UTC", languages = new[] { "en" } });
        }

        var first = await host.Read("api/shops?limit=2");
        var second = await host.Read($"api/shops?limit=2&cursor={(string)first["next"]!}");
        using var own = host.With(await KeyTests.Create(host, "a", "admin"));

        Assert.Equal(["a", "b"], first["items"]!.AsArray().Select(s => (string)s!["id"]!));
        Assert.Equal(["c"], second["items"]!.AsArray().Select(s => (string)s!["id"]!));
        Assert.Null(second["next"]);
        Assert.Equal(HttpStatusCode.Forbidden, (await own.GetAsync("api/shops")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await own.GetAsync("api/shops/a")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await own.PutAsync("api/shops/d", new StringContent("{}", null, "application/json"))).StatusCode);
        Assert.Equal("invalid-limit", await (await host.Client.GetAsync("api/shops?limit=0")).Code());
        Assert.Equal("unknown-shop", await (await host.Client.GetAsync("api/shops/zzz")).Code());
    }

    [Fact]
    public async Task Sending_is_off_until_it_is_switched_on()
    {
        await using var host = await ApiHost.StartWithShop(Clock);

        var before = (string)(await host.Read("api/shops/bottega/sending"))["sending"]!;
        var on = await host.Put("api/shops/bottega/sending", new { sending = "on" });
        var again = await host.Put("api/shops/bottega/sending", new { sending = "on" });
        var unknown = await host.Put("api/shops/bottega/sending", new { sending = "maybe" });

        Assert.Equal("off", before);
        Assert.All([on, again], r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unknown.StatusCode);
        var shop = await host.Read("api/shops/bottega");
        Assert.Equal(("on", 2L), ((string)shop["sending"]!, (long)shop["version"]!));
    }
}
