using System.Net;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Shops;
using Cx.Tests.Support;
using Marten;
using IEvent = Cx.Domain.IEvent;
using Shop = Cx.Domain.Shops.Shop;

namespace Cx.Tests.EventStore;

/// <summary>What is read of a shop agrees with the shop's stream, whoever changes it at the same time.</summary>
public sealed class SnapshotTests
{
    private static readonly string[] Tables = ["mt_doc_shop", "mt_doc_shop_sources", "mt_doc_shop_keys"];

    private static readonly HandClock Clock = new(StoreRig.Start);

    private static readonly ShopId Bottega = new(ApiHost.Shop);

    [Fact]
    public async Task A_snapshot_is_the_fold_of_its_stream_and_a_rebuild_writes_the_same()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        await host.Put("api/shops/other", Settings("Other"));
        foreach (var shop in new[] { "api/shops/bottega", "api/shops/other" })
        {
            var key = (string)(await (await host.Post($"{shop}/keys", new { name = "Support", scopes = new[] { "read" } })).Json())["id"]!;
            await host.Post($"{shop}/keys", new { name = "Help desk", scopes = new[] { "ingest", "read" } });
            await host.Put($"{shop}/sources/shopify", new { secret = "a-secret-of-the-source" });
            await host.Put($"{shop}/sources/woocommerce", new { secret = "another-secret" });
            await host.Put(shop, Settings("Renamed"));
            await host.Client.DeleteAsync($"{shop}/sources/woocommerce");
            await host.Client.DeleteAsync($"{shop}/keys/{key}");
            await host.Put($"{shop}/sending", new { sending = "on" });
        }

        var store = host.Get<IDocumentStore>();
        var events = await host.Get<IEventStore>().Read(Bottega, [Shop.StreamKey], AsOf.Now, default).Select(r => r.Event).ToListAsync();
        await using var session = store.QuerySession(Bottega.Value);
        Assert.Equal(9, events.Count);
        Assert.Equal(Json(Fold<Shop>(events, Shop.Evolve)! with { Version = 9 }), Json(await session.LoadAsync<Shop>(Shop.StreamKey)));
        Assert.Equal(Json(Fold<ShopSources>(events, ShopSources.Evolve)), Json(await session.LoadAsync<ShopSources>(Shop.StreamKey)));
        Assert.Equal(Json(Fold<ShopKeys>(events, ShopKeys.Evolve)), Json(await session.LoadAsync<ShopKeys>(Shop.StreamKey)));

        var before = await Rows(host);
        Assert.Equal(6, before.Count);
        using var daemon = await store.BuildProjectionDaemonAsync();
        await daemon.RebuildProjectionAsync<Shop>(default);
        await daemon.RebuildProjectionAsync<ShopSources>(default);
        await daemon.RebuildProjectionAsync<ShopKeys>(default);
        Assert.Equal(before, await Rows(host));
        Assert.DoesNotContain("Cx.Domain", await Dump.Of(host.Connection), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_sources_and_keys_changed_at_once_are_all_kept()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        await using var other = await ApiHost.Start(Clock, connection: host.Connection, keys: host.Get<Application.Privacy.InstallationKeys>());
        ApiHost[] hosts = [host, other];

        var responses = await Task.WhenAll(Enumerable.Range(0, 12).SelectMany(i => new[]
        {
            hosts[i % 2].Put("api/shops/bottega", Settings($"Name {i}")),
            hosts[i % 2].Put($"api/shops/bottega/sources/{(i % 3 > 0 ? "shopify" : "woocommerce")}", new { secret = $"secret-number-{i}" }),
            hosts[i % 2].Post("api/shops/bottega/keys", new { name = $"Key {i}", scopes = new[] { "read" } }),
        }));

        Assert.All(responses, r => Assert.True(r.IsSuccessStatusCode, r.StatusCode.ToString()));
        Assert.Equal(["shopify", "woocommerce"], (await host.Read("api/shops/bottega/sources"))["items"]!.AsArray().Select(s => (string)s!["name"]!));
        Assert.Equal(
            Enumerable.Range(0, 12).Select(i => $"Key {i}").Order(), (await host.Read("api/shops/bottega/keys"))["items"]!.AsArray().Select(k => (string)k!["name"]!).Order());
        Assert.Equal(1 + responses.Length, await Scalar(host, "select version from mt_streams where tenant_id = 'bottega' and id = 'shop'"));
        Assert.Equal(1 + responses.Length, await Scalar(host, "select count(*) from mt_events"));
    }

    [Fact]
    public async Task A_shop_is_created_once_however_many_create_it_at_once()
    {
        await using var host = await ApiHost.Start(Clock);

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.Put("api/shops/bottega", Settings("Bottega"))));

        Assert.Equal(HttpStatusCode.Created, Assert.Single(responses, r => r.StatusCode != HttpStatusCode.OK).StatusCode);
        Assert.Equal(1, await Scalar(host, "select count(*) from mt_events"));
    }

    [Fact]
    public async Task A_key_that_one_process_revokes_opens_nothing_at_another()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        await using var other = await ApiHost.Start(Clock, connection: host.Connection);
        var key = await (await host.Post("api/shops/bottega/keys", new { name = "Support", scopes = new[] { "read" } })).Json();
        using var support = other.With((string)key["key"]!);
        Assert.Equal(HttpStatusCode.OK, (await support.GetAsync("api/shops/bottega/customers")).StatusCode);

        var revoked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Client.DeleteAsync($"api/shops/bottega/keys/{(string)key["id"]!}")));

        Assert.All(revoked, r => Assert.Equal(HttpStatusCode.NoContent, r.StatusCode));
        Assert.Equal(HttpStatusCode.Unauthorized, (await support.GetAsync("api/shops/bottega/customers")).StatusCode);
        Assert.Equal(1, await Scalar(host, "select count(*) from mt_events where type = 'api-key-revoked.v1'"));
    }

    [Fact]
    public async Task The_log_says_that_a_secret_changed_and_the_secret_itself_can_be_deleted()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        Task Put(string secret, int rate) => host.Put("api/shops/bottega/sources/shopify", new { secret, requestsPerSecond = rate });

        await Put("the-first-secret", 10);
        await Put("the-first-secret", 10);
        await Put("the-first-secret", 20);
        await Put("the-second-secret", 20);
        Assert.Equal(["the-second-secret"], (await host.Get<SourceDirectory>().Get(Bottega, "shopify", default))!.Secrets);
        await host.Client.DeleteAsync("api/shops/bottega/sources/shopify");
        await Put("the-second-secret", 20);

        var events = await host.Get<IEventStore>().Read(Bottega, [Shop.StreamKey], AsOf.Now, default).Select(r => r.Event).ToListAsync();
        Assert.Equal(
            [(10, true), (20, false), (20, true), (20, true)], events.OfType<SourceConfigured>().Select(e => (e.RequestsPerSecond, e.SecretsChanged)));
        await host.Client.DeleteAsync("api/shops/bottega/sources/shopify");
        Assert.Equal(0, await Scalar(host, "select count(*) from cx_sources"));
        Assert.Null(await host.Get<SourceDirectory>().Get(Bottega, "shopify", default));
    }

    [Fact]
    public async Task A_source_or_key_leaves_the_version_of_the_settings_as_it_was()
    {
        await using var host = await ApiHost.StartWithShop(Clock);
        await host.Put("api/shops/bottega/sources/shopify", new { secret = "a-secret-of-the-source" });
        await host.Post("api/shops/bottega/keys", new { name = "Support", scopes = new[] { "read" } });
        host.Client.DefaultRequestHeaders.TryAddWithoutValidation("If-Match", "\"1\"");

        var changed = await host.Put("api/shops/bottega", Settings("Renamed"));

        Assert.Equal((HttpStatusCode.OK, "\"4\""), (changed.StatusCode, changed.Headers.ETag!.Tag));
        Assert.Equal("Renamed", (await host.Get<ShopDirectory>().Get(Bottega, default))!.Name);
    }

    private static object Settings(string name) => new { name, timeZone = "Europe/Rome", languages = new[] { "it" } };

    private static T? Fold<T>(IEnumerable<IEvent> events, Func<T?, ShopId, IEvent, T?> evolve) where T : class =>
        events.Aggregate((T?)null, (snapshot, e) => evolve(snapshot, Bottega, e));

    private static string Json<T>(T snapshot) => JsonSerializer.Serialize(snapshot, EventCatalog.Json);

    private static async Task<List<string>> Rows(ApiHost host)
    {
        var rows = new List<string>();
        foreach (var table in Tables)
        {
            rows.AddRange(await host.Database.Rows($"select tenant_id || ' ' || mt_version || ' ' || data::text from {table} order by 1", r => r.GetString(0), default));
        }

        return rows;
    }

    private static async Task<long> Scalar(ApiHost host, string sql) => (await host.Database.Rows(sql, r => r.GetInt64(0), default)).Single();
}
