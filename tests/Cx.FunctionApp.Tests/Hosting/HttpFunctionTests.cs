using System.Text.Json;
using Cx.Application;
using Cx.Application.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>No route of the one host is missing at the other.</summary>
public sealed class HttpFunctionTests(TwoHosts hosts) : IClassFixture<TwoHosts>
{
    private static IEnumerable<(string Name, string Method, string Route)> Endpoints =>
        ApiEndpoints.All.Select(e => (e.Name, e.Method, e.Route)).Append((ApiEndpoints.Description, "GET", Routes.Description));

    [Fact]
    public void Every_endpoint_has_one_function_of_its_name_route_and_method_and_there_are_no_others() =>
        Assert.Equal(Endpoints.Order(), HttpFunction.All.Select(f => (f.Name, Assert.Single(f.Methods).ToUpperInvariant(), f.Route)).Order());

    [Fact]
    public void Each_function_answers_with_its_own_endpoint() => Assert.All(HttpFunction.All, function =>
    {
        var endpoint = Assert.IsType<EndpointMap.Answering>(function.Invoke(hosts.Worker.Services, null)).Endpoint;
        Assert.Equal(function.Name, endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName);
        Assert.Equal("/" + function.Route, endpoint.RoutePattern.RawText);
    });

    [Fact]
    public void The_functions_host_asks_for_no_key_because_ours_are_checked_behind_it() =>
        Assert.All(HttpFunction.All, function => Assert.Equal("Anonymous", function.Level));

    [Fact]
    public void The_functions_host_adds_nothing_to_a_route()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(RepositoryFile.Path("host.json")));
        Assert.Equal("", host.RootElement.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
    }
}
