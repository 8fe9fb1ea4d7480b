using System.Text.Json;
using Cx.Application;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>The HTTP functions let every request through to the endpoints.</summary>
public sealed class HttpFunctionTests
{
    private const string CatchAll = "webApi";

    [Fact]
    public void The_ways_in_and_health_have_functions_with_name_route_and_method_of_their_endpoints()
    {
        var named = HttpFunction.All.Where(f => f.Name != CatchAll).Select(f => (f.Name, Assert.Single(f.Methods).ToUpperInvariant(), f.Route)).ToList();
        Assert.Equal(["askUnsubscribe", "live", "postTouchpoints", "postWebhook", "ready", "unsubscribe"], named.Select(f => f.Name).Order(StringComparer.Ordinal));
        Assert.Subset(ApiEndpoints.All.Select(e => (e.Name, e.Method, e.Route)).ToHashSet(), named.ToHashSet());
    }

    [Fact]
    public void One_function_takes_all_else_and_is_tried_last()
    {
        // The Functions host tries them in this order. Where a trigger names no methods, it takes all; an empty list would take none.
        var last = FunctionsMetadata.All.Where(f => f.TriggerType == "httpTrigger").OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Last();
        Assert.Equal((CatchAll, "{*path}", null), (last.Name, (string?)last.Trigger["route"], last.Trigger["methods"]?.ToJsonString()));
    }

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
