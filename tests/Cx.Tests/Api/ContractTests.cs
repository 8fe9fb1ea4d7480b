using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cx.Application;
using Cx.Application.Api;
using Cx.Standalone;
using Cx.Tests.EndToEnd;
using Cx.Tests.Support;

namespace Cx.Tests.Api;

/// <summary>The API description is complete, is served by the host, and is what the tests' clients check every request and answer with.</summary>
public sealed class ContractTests(Running running) : IClassFixture<Running>
{
    private static readonly IReadOnlyList<Endpoint> Endpoints = [.. ApiEndpoints.All, .. DevClock.Endpoints];

    // The call itself is the request: no body is read.
    private static readonly string[] WithoutBody = ["replayFailedDelivery", "unsubscribe", "restrictProcessing", "objectToProfiling", "pauseCadence", "resumeCadence", "archiveCadence", "publishPolicy"];

    [Fact]
    public async Task Every_endpoint_is_described_with_its_parameters_body_answer_and_problems()
    {
        var contract = await Contract.Served;
        Assert.All(Endpoints, endpoint =>
        {
            var operation = contract.Description["paths"]![$"/{endpoint.Route}"]![endpoint.Method.ToLowerInvariant()]!;
            Assert.Equal((endpoint.Name, endpoint.Summary), ((string?)operation["operationId"], (string?)operation["summary"]));
            Assert.NotEqual("", endpoint.Summary);
            Assert.Equal(endpoint.Access is not Access.Public, operation["security"] is not null);

            var parameters = (operation["parameters"]?.AsArray() ?? []).Select(p => ((string)p!["in"]!, (string)p["name"]!)).ToList();
            Assert.Equal(Parameters(endpoint).Order(), parameters.Order());
            var hasBody = operation["requestBody"]?["content"]?["application/json"]?["schema"] is not null;
            Assert.Equal(endpoint.Method is "POST" or "PUT" && !WithoutBody.Contains(endpoint.Name), hasBody);

            foreach (var status in endpoint.Statuses)
            {
                Assert.Equal(status is not 204, operation["responses"]![$"{status}"]!["content"]?[endpoint.MediaType]?["schema"] is not null);
            }

            var problems =
                from response in operation["responses"]!.AsObject()
                where (string?)response.Value!["content"]?[Problems.MediaType]?["schema"]?["$ref"] == "#/components/schemas/Problem"
                orderby response.Key
                select response.Key;
            Assert.Equal(endpoint.Refusals().Select(status => $"{status}"), problems);
        });
        Assert.Equal(Endpoints.Count, contract.Description["paths"]!.AsObject().Sum(p => p.Value!.AsObject().Count));
    }

    [Fact]
    public async Task The_host_serves_this_description()
    {
        using var shop = await running.Open("contract");
        var served = JsonNode.Parse(await shop.Stranger.GetStringAsync("openapi/v1.json"))!.AsObject();
        var described = JsonNode.Parse((await Contract.Served).Description.ToJsonString())!.AsObject();
        foreach (var document in new[] { served, described })
        {
            document.Remove("servers");
            document.Remove("components");
        }

        Assert.Equal(described.ToJsonString(), served.ToJsonString());
    }

    [Theory]
    [InlineData("GET", "api/shops/x/sending", "", 200, """{"sending":"on"}""", true)]
    [InlineData("GET", "api/shops/x/sending", "", 200, """{"sending":"maybe"}""", false)]
    [InlineData("GET", "api/shops/x/sending", "", 200, """{"sending":null}""", false)]
    [InlineData("GET", "api/shops/x/sending", "", 200, """{}""", false)]
    [InlineData("GET", "api/shops/x/sending", "", 200, """{"sending":"on","since":"today"}""", false)]
    [InlineData("GET", "api/shops/x/sending", "", 202, """{"sending":"on"}""", false)]
    [InlineData("GET", "api/dev/clock", "", 200, """{"now":"2026-03-02T09:00:00Z"}""", true)]
    [InlineData("GET", "api/dev/clock", "", 200, """{"now":"yesterday"}""", false)]
    [InlineData("GET", "no/such/route", "", 404, """{"type":"about:blank","title":"Not Found","status":404,"detail":"No."}""", false)]
    [InlineData("PUT", "api/shops/x/sending", """{"sending":"on"}""", 200, """{"sending":"on","warnings":[]}""", true)]
    [InlineData("PUT", "api/shops/x/sending", """{"send":"on"}""", 200, """{"sending":"on","warnings":[]}""", false)]
    [InlineData("PUT", "api/shops/x/sending", """{"sending":null}""", 200, """{"sending":"on","warnings":[]}""", false)]
    [InlineData("POST", "api/shops/x/touchpoints", """{"type":"visit","occurredAt":"2026-03-02T09:00:00Z","orderId":"7"}""", 200, """{"items":[]}""", true)]
    [InlineData("POST", "api/shops/x/touchpoints", """{"type":"stroll","occurredAt":"2026-03-02T09:00:00Z","orderId":"7"}""", 200, """{"items":[]}""", false)]
    public async Task What_is_not_as_described_fails_the_test(string method, string path, string request, int status, string answer, bool holds)
    {
        using var client = Contract.Client(new("http://127.0.0.1/"), transport: new Answering(status, answer));
        var body = request.Length == 0 ? null : new StringContent(request, Encoding.UTF8, "application/json");
        using var message = new HttpRequestMessage(new(method), path) { Content = body };

        var failure = await Record.ExceptionAsync(() => client.SendAsync(message));

        Assert.Equal(holds, failure is null);
        Assert.True(holds || failure is ContractBrokenException, failure?.ToString());
    }

    [Fact]
    public async Task The_pages_to_read_refer_to_nothing_elsewhere()
    {
        using var shop = await running.Open("docs");
        var page = await shop.Stranger.GetAsync("docs/");
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.DoesNotContain("//", html, StringComparison.Ordinal);
        foreach (var option in new[]
        {
            """ "withDefaultFonts":false """, """ "telemetry":false """, """ "agent":{"disabled":true} """, """ "mcp":{"disabled":true} """,
            """ "url":"openapi/v1.json" """,
        })
        {
            Assert.Contains(option.Trim(), html, StringComparison.Ordinal);
        }

        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'self'; script-src 'self' 'nonce-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        foreach (var script in new[] { "docs/scalar.js", "docs/scalar.aspnetcore.js" })
        {
            Assert.Contains($"src=\"{script["docs/".Length..]}\"", html, StringComparison.Ordinal);
            Assert.Equal("text/javascript", (await shop.Stranger.GetAsync(script)).Content.Headers.ContentType!.MediaType);
        }
    }

    private static IEnumerable<(string In, string Name)> Parameters(Endpoint endpoint)
    {
        foreach (var parameter in endpoint.Handle.Method.GetParameters().Where(p => IsText(p.ParameterType)))
        {
            yield return (endpoint.Route.Contains($"{{{parameter.Name}}}", StringComparison.Ordinal) ? "path" : "query", parameter.Name!);
        }

        foreach (var (name, _, _) in endpoint.Headers)
        {
            yield return ("header", name);
        }

        static bool IsText(Type type) => type == typeof(string) || type == typeof(int) || type == typeof(int?) || type == typeof(bool?) || type == typeof(DateTimeOffset?);
    }

    private sealed class Answering(int status, string json) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new StringContent(json, Encoding.UTF8, status < 400 ? "application/json" : Problems.MediaType);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = content });
        }
    }
}
