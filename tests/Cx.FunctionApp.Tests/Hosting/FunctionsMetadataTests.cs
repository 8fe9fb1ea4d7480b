using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>The Functions host runs what the build wrote down, and nothing else.</summary>
public sealed class FunctionsMetadataTests
{
    [Fact]
    public void Every_kind_of_trigger_is_there() => Assert.Equal(
        ["activityTrigger", "httpTrigger", "orchestrationTrigger", "queueTrigger", "timerTrigger"],
        FunctionsMetadata.All.Select(f => f.TriggerType).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_function_of_the_app_is_there_once()
    {
        var functions = from type in typeof(EndpointMap).Assembly.GetTypes()
                        from code in type.GetMethods()
                        let name = code.GetCustomAttribute<FunctionAttribute>()?.Name
                        where name is not null
                        select (name, $"{type.FullName}.{code.Name}");

        Assert.Equal(functions.Order(), FunctionsMetadata.All.Select(f => (f.Name, f.EntryPoint)).Order());
        Assert.All(FunctionsMetadata.All, f => Assert.Equal("Cx.FunctionApp.dll", f.File));
    }

    [Fact]
    public void Queue_triggers_listen_to_the_queues_that_exist() => Assert.Equal(
        [Queues.Commits, Queues.Touchpoints],
        FunctionsMetadata.All.Where(f => f.TriggerType == "queueTrigger").Select(f => (string)f.Trigger["queueName"]!).Order(StringComparer.Ordinal));

    [Fact]
    public void The_host_starts_the_app_as_an_isolated_worker_and_loads_its_extensions()
    {
        var worker = FunctionsMetadata.Json("worker.config.json")["description"]!;
        Assert.Equal(("dotnet-isolated", "dotnet", "Cx.FunctionApp.dll"), ((string?)worker["language"], (string?)worker["defaultExecutablePath"], (string?)worker["defaultWorkerPath"]));

        // HTTP and timers are built into the Functions host.
        var extensions = FunctionsMetadata.Json("extensions.json")["extensions"]!.AsArray().Select(e => (string)e!["name"]!).ToList();
        Assert.Contains("AzureStorageQueues", extensions);
        Assert.Contains("DurableTask", extensions);
    }
}
