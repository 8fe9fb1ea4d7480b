using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Cx.Application;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.Privacy;
using Cx.Application.Shops;
using Cx.Domain;
using Cx.Domain.Customers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>The admin and view endpoints behind real HTTP on a database of their own, with nothing else of a host around them.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    public const string AdminKey = "installation-key-of-the-tests";

    public const string Shop = "bottega";

    private readonly WebApplication app;

    private ApiHost(WebApplication app, string connection)
    {
        this.app = app;
        Connection = connection;
        Client = With(AdminKey);
    }

    public string Connection { get; }

    /// <summary>Holds the installation's key.</summary>
    public HttpClient Client { get; }

    public NpgsqlDataSource Database => Get<NpgsqlDataSource>();

    private InstallationKeys Keys => Get<InstallationKeys>();

    public static async Task<ApiHost> Start(
        TimeProvider clock, IErasureRegister? register = null, string? connection = null, InstallationKeys? keys = null,
        IPayloadStore? payloads = null, Action<IServiceCollection>? further = null)
    {
        connection ??= await Support.Database.Prepared();
        keys ??= InstallationKeys.Generate();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(clock)
            .AddSingleton(register ?? new NoRegister()).AddSingleton(payloads ?? new NoPayloadStore());
        builder.Services.AddCx(
            new DatabaseAddress(connection), NpgsqlDataSource.Create(connection), keys, new AdminKey(AdminKey));
        builder.Services.AddSingleton(new UnsubscribeLinks(FollowUpServices.LinkKeys(keys), new("https://cx.example")));
        builder.Services.RemoveAll<IHostedService>();
        further?.Invoke(builder.Services);
        builder.Services.AddSingleton<IReadOnlyList<SourceInfo>>(
            [new("shopify", secret => secret.Length < 8 ? "is too short" : null), new("woocommerce", _ => null)]);

        var app = builder.Build();
        app.Use(Middleware.HandleErrors);
        app.UseRouting();
        app.Use(Middleware.Authorize);
        app.MapApi([]);

        await app.StartAsync();
        return new(app, connection);
    }

    /// <summary>A host with the shop <see cref="Shop"/>.</summary>
    public static async Task<ApiHost> StartWithShop(
        TimeProvider clock, IErasureRegister? register = null, object? settings = null, IPayloadStore? payloads = null)
    {
        var host = await Start(clock, register, payloads: payloads);
        var response = await host.Put(
            $"api/shops/{Shop}", settings ?? new { name = "Bottega", timeZone = "Europe/Rome", languages = new[] { "it" } });
        response.EnsureSuccessStatusCode();
        return host;
    }

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public HttpClient With(string key)
    {
        var client = Contract.Client(new(app.Urls.First()), key);
        client.DefaultRequestHeaders.Add("Accept-Language", "en");
        return client;
    }

    public Task<HttpResponseMessage> Put(string path, object body) => Client.PutAsJsonAsync(path, body, ApiJson.Options);

    public Task<HttpResponseMessage> Post(string path, object body) => Client.PostAsJsonAsync(path, body, ApiJson.Options);

    public async Task<JsonNode> Read(string path) => JsonNode.Parse(await Client.GetStringAsync(path))!;

    /// <summary>What a source reports of a person, with its raw payload.</summary>
    public async Task<CustomerId> Report(IReadOnlyList<(IdentifierKind Kind, string Value)> who, IReadOnlyList<ICustomerEvent> facts, string payload = "{}") =>
        (await Deliver(who, facts, payload)).Customer!.Value;

    /// <summary>How such a report ends.</summary>
    public async Task<Outcome> Deliver(IReadOnlyList<(IdentifierKind Kind, string Value)> who, IReadOnlyList<ICustomerEvent> facts, string payload = "{}")
    {
        var shop = new ShopId(Shop);
        var key = Lookup.DeliveryKey(Keys, shop, "shopify", $"delivery-{Guid.NewGuid()}");
        var body = Encoding.UTF8.GetBytes(payload);
        var archive = PayloadSeal.Seal(Keys, shop, Correlations.Of(key[0].Hash), body);
        var delivery = new Delivery(key, key[0].Hash, "shopify", "orders/create", Get<TimeProvider>().GetUtcNow(), archive, facts);
        var named = new CustomerRef.ByIdentifiers(
            [.. who.Select(w => Lookup.Of(Keys, shop, w.Kind, Identifiers.Normalise(w.Kind, w.Value)!))]);
        return await Get<IEventStore>().Transact(
            shop, named, new(Correlations.Of(key[0].Hash), "webhook", "shopify", delivery), Recording.Of(facts), default);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }

    private sealed class NoRegister : IErasureRegister
    {
        public Task Append(Erasure erasure, CancellationToken ct) => Task.CompletedTask;

        public async IAsyncEnumerable<Erasure> ReadAll([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            yield break;
        }
    }
}

internal static class Answers
{
    public static async Task<JsonNode> Json(this HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    public static async Task<string> Code(this HttpResponseMessage response) => (string)(await response.Json())["code"]!;
}
