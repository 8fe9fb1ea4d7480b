using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cx.Application.Configuration;
using Cx.Standalone;

namespace Cx.FunctionApp.Tests.Hosting;

/// <summary>The files at the root that hosts and developers read agree with the code.</summary>
public sealed partial class SettingsFileTests
{
    /// <summary>Read by the Functions host, its extensions or the tools alone.</summary>
    private static readonly string[] OfTheFunctionsHost =
    [
        "FUNCTIONS_WORKER_RUNTIME", "ServiceBus", "ServiceBus__fullyQualifiedNamespace", "ServiceBus__credential", "ServiceBus__clientId",
        "AzureWebJobs.touchpointsFromServiceBus.Disabled",
    ];

    private static readonly JsonObject Host = Json("host.json").AsObject();

    [Fact]
    public void The_sample_lists_every_setting_that_the_code_names_and_no_other()
    {
        var named = Directory.EnumerateFiles(RepositoryFile.Path("functions"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Setting().Matches(File.ReadAllText(file)).Select(m => m.Value)).Where(name => !name.EndsWith('_'));
        var bound = new[] { typeof(StandaloneHost), typeof(FunctionAppOptions), typeof(Settings) }.SelectMany(t => t.Assembly.GetTypes()).SelectMany(Settings.Of).Select(s => s.Key);
        var listed = Json("local.settings.sample.json")["Values"]!.AsObject().Select(v => v.Key);
        Assert.Equal(named.Concat(bound).Concat(OfTheFunctionsHost).Distinct().Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_function_that_small_installations_switch_off_is_the_one_of_Service_Bus()
    {
        // Compiled only with -p:ServiceBusTrigger=true: read as text.
        var function = FunctionName().Match(File.ReadAllText(RepositoryFile.Path("functions/Cx.FunctionApp/TouchpointsFromServiceBus.cs"))).Groups[1].Value;
        Assert.Equal("true", (string?)Json("local.settings.sample.json")["Values"]![$"AzureWebJobs.{function}.Disabled"]);
    }

    [Fact]
    public void The_functions_host_leaves_messages_to_our_code_as_they_were_sent()
    {
        var extensions = Host["extensions"]!;
        Assert.False((bool)extensions["serviceBus"]!["autoCompleteMessages"]!);
        Assert.Equal("none", (string?)extensions["queues"]!["messageEncoding"]);
    }

    [Fact]
    public void No_rolling_deployment_takes_as_long_as_a_message_is_delivered_again()
    {
        var queues = Host["extensions"]!["queues"]!;
        Assert.True((int)queues["maxDequeueCount"]! * TimeSpan.Parse((string)queues["visibilityTimeout"]!, CultureInfo.InvariantCulture) >= TimeSpan.FromHours(1));
    }

    [Fact]
    public void Running_follow_ups_outlive_a_deployment()
    {
        var durable = Host["extensions"]!["durableTask"]!;
        Assert.Equal(("CurrentOrOlder", "Reject"), ((string?)durable["versionMatchStrategy"], (string?)durable["versionFailureStrategy"]));
        Assert.Equal("AzureWebJobsStorage", (string?)durable["storageProvider"]!["connectionName"]);
    }

    [Fact]
    public void The_history_of_orchestrations_is_not_logged()
    {
        var levels = Host["logging"]!["logLevel"]!;
        var durable = FunctionsMetadata.All.Where(f => f.TriggerType is "orchestrationTrigger" or "activityTrigger").ToList();

        Assert.Equal(2, durable.Count);
        Assert.All(durable, f => Assert.Equal("Warning", (string?)levels[$"Function.{f.Name}"]));
    }

    private static JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(RepositoryFile.Path(file)))!;

    [GeneratedRegex("""\[Function\("(\w+)"\)\]""")]
    private static partial Regex FunctionName();

    [GeneratedRegex(@"\b(Cx__\w+|ConnectionStrings__\w+|AzureWebJobsStorage(__\w+)?|AZURE_CLIENT_ID|OTEL_EXPORTER_OTLP_ENDPOINT)")]
    private static partial Regex Setting();
}
