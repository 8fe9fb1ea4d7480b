using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cx.Application;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Standalone;
using Json.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cx.Tests.Support;

/// <summary>
/// What the API promises: the served description with its schemas, and the served schemas of a touchpoint and a cadence. An answer may hold no field
/// that is not described; neither may the request of a 2xx.
/// </summary>
internal sealed partial class Contract
{
    private const string Base = "https://contract.test/";

    private static readonly Lazy<Task<Contract>> Lazy = new(Load);

    private static readonly EvaluationOptions Options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly BuildOptions build = new() { SchemaRegistry = new() };
    private readonly List<(Regex Path, string Method, JsonObject Operation)> operations;
    private readonly Dictionary<string, JsonSchema> schemas = new(StringComparer.Ordinal);

    private Contract(string description, string touchpoint, string cadence, string policy)
    {
        Description = JsonNode.Parse(description)!.AsObject();
        JsonSchema.FromText(touchpoint, build, new Uri($"{Base}{Routes.TouchpointSchema}"));
        JsonSchema.FromText(cadence, build, new Uri($"{Base}{Routes.CadenceSchema}"));
        JsonSchema.FromText(policy, build, new Uri($"{Base}{Routes.PolicySchema}"));
        var components = Description["components"]!["schemas"]!.AsObject();
        foreach (var component in components.Select(c => c.Value!.AsObject()))
        {
            Close(component);
        }

        operations =
        [
            .. from path in Description["paths"]!.AsObject()
               orderby path.Key.Count(c => c == '{')
               let pattern = new Regex($"^{Parameter().Replace(Regex.Escape(path.Key), "[^/]+")}$")
               from operation in path.Value!.AsObject()
               select (pattern, operation.Key.ToUpperInvariant(), operation.Value!.AsObject()),
        ];

        // One document for all schemas, so that they refer to each other.
        var bodies = operations.SelectMany(o => Bodies(o.Operation)).ToList();
        var definitions = new JsonObject(components.Concat(bodies).Select(s => KeyValuePair.Create(s.Key, s.Value?.DeepClone())));
        var whole = new JsonObject { ["$id"] = $"{Base}api.json", ["$defs"] = definitions };
        JsonSchema.FromText(whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal), build);
        foreach (var (name, _) in bodies.Append(KeyValuePair.Create<string, JsonNode?>(nameof(Problem), null)))
        {
            schemas.Add(name, JsonSchema.FromText(new JsonObject { ["$ref"] = $"{Base}api.json#/$defs/{name}" }.ToJsonString(), build));
        }
    }

    /// <summary>The served description.</summary>
    public JsonObject Description { get; }

    public static Task<Contract> Served => Lazy.Value;

    /// <summary>A client whose every request and answer is held against the contract.</summary>
    /// <param name="key">Sent as the bearer's key.</param>
    public static HttpClient Client(Uri address, string? key = null, HttpMessageHandler? transport = null)
    {
        var client = new HttpClient(new Checking { InnerHandler = transport ?? new SocketsHttpHandler() }) { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>The operation that a request means; none when there is no such route.</summary>
    public JsonObject? Find(string method, string path) => operations.FirstOrDefault(o => o.Method == method && o.Path.IsMatch(path)).Operation;

    private async Task Check(HttpRequestMessage request, HttpResponseMessage response, CancellationToken ct)
    {
        var (path, status) = (request.RequestUri!.AbsolutePath, (int)response.StatusCode);
        var media = response.Content.Headers.ContentType?.MediaType;
        var text = media is not null && media.EndsWith("json", StringComparison.Ordinal) ? await response.Content.ReadAsStringAsync(ct) : null;
        var what = $"{request.Method} {path}: {status} {text}";
        if (Find(request.Method.Method, path) is not { } operation)
        {
            if (media == Problems.MediaType)
            {
                Hold(nameof(Problem), text!, what);
            }

            return;
        }

        var id = (string)operation["operationId"]!;
        var declared = operation["responses"]![$"{status}"] ?? throw new ContractBrokenException($"{what}\nThe status is not described.");
        if (declared["content"] is null)
        {
            Require(media is null, what, "It has a body, which is not described.");
        }
        else
        {
            Require(media is not null && declared["content"]![media] is not null, what, $"The media type {media} is not described.");
            if (text is not null)
            {
                Hold($"{id}-{status}", text, what);
            }
        }

        if (response.IsSuccessStatusCode && schemas.ContainsKey($"{id}-request") && request.Content is { Headers.ContentLength: not 0 } body)
        {
            var sent = JsonNode.Parse(await body.ReadAsStringAsync(ct));
            var taken = id == "postTouchpoints" ? Taken(sent!, JsonNode.Parse(text!)!) : sent;
            Hold($"{id}-request", taken?.ToJsonString() ?? "null", $"{what}\nto {sent?.ToJsonString()}");
        }
    }

    private void Hold(string schema, string json, string what)
    {
        using var document = JsonDocument.Parse(json);
        var results = schemas[schema].Evaluate(document.RootElement, Options);
        var errors =
            from detail in results.Details ?? []
            from error in detail.Errors ?? []
            select $"{detail.InstanceLocation}: {error.Value} ({detail.EvaluationPath})";
        Require(results.IsValid, what, string.Join('\n', errors));
    }

    // Of many touchpoints each answers for itself: those that were refused need not be as they should.
    private static JsonNode Taken(JsonNode sent, JsonNode answer) => sent is JsonArray items
        ? new JsonArray([.. items.Where((_, i) => IsTaken(answer["items"]![i]!)).Select(item => item?.DeepClone())])
        : sent;

    private static bool IsTaken(JsonNode result) => (string?)result["status"] is not ("invalid" or "conflict");

    private static void Require(bool holds, string what, string error)
    {
        if (!holds)
        {
            throw new ContractBrokenException($"{what}\n{error}");
        }
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Bodies(JsonObject operation)
    {
        var id = (string)operation["operationId"]!;
        foreach (var (status, response) in operation["responses"]!.AsObject())
        {
            foreach (var (_, content) in response!["content"]?.AsObject() ?? [])
            {
                yield return new($"{id}-{status}", content!["schema"]);
            }
        }

        // A schema that takes anything says that the body is somebody else's, and need not even be JSON.
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"] is JsonObject { Count: > 0 } body)
        {
            yield return new($"{id}-request", body);
        }
    }

    private static void Close(JsonNode? schema)
    {
        if (schema is JsonObject { } o)
        {
            if (o.ContainsKey("properties") && !o.ContainsKey("additionalProperties"))
            {
                o["additionalProperties"] = false;
            }

            foreach (var (_, inner) in o.ToList())
            {
                Close(inner);
            }
        }
        else if (schema is JsonArray a)
        {
            foreach (var inner in a)
            {
                Close(inner);
            }
        }
    }

    // The application's own services and routes, without a database: only what describes them is asked for.
    private static async Task<Contract> Load()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var address = new DatabaseAddress("Host=127.0.0.1");
        await using var database = NpgsqlDataSource.Create("Host=127.0.0.1");
        builder.Services.AddSingleton(new MovableClock(Path.GetTempPath())).AddSingleton<DevClock>().AddSingleton(TimeProvider.System);
        builder.Services.AddCx(address, database, InstallationKeys.Generate(), new AdminKey(Installation.AdminKey));
        builder.Services.RemoveAll<IHostedService>();
        await using var app = builder.Build();
        app.MapApi(DevClock.Endpoints);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new(app.Urls.First()) };
        return new(await client.GetStringAsync("openapi/v1.json"), await client.GetStringAsync(Routes.TouchpointSchema), await client.GetStringAsync(Routes.CadenceSchema), await client.GetStringAsync(Routes.PolicySchema));
    }

    [GeneratedRegex(@"\\\{\w+\}")]
    private static partial Regex Parameter();

    private sealed class Checking : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            await (await Served).Check(request, response, cancellationToken);
            return response;
        }
    }
}

/// <summary>A request or an answer that is not as the API describes it.</summary>
internal sealed class ContractBrokenException(string message) : Exception(message);
