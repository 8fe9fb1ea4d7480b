using System.Reflection;
using System.Text.RegularExpressions;
using Cx.Application;

namespace Cx.Tests.Infra;

/// <summary>Alerts look for log events by name: should one be renamed, its alert would never fire again.</summary>
public partial class AlertTests
{
    private const string QueryRule = "Microsoft.Insights/scheduledQueryRules";

    [SkippableFact]
    public void Every_event_that_an_alert_looks_for_is_logged_and_every_such_event_has_an_alert()
    {
        var lookedFor = Queries().SelectMany(q => LookedFor().Matches(q)).SelectMany(m => Quoted().Matches(m.Value)).Select(m => m.Groups[1].Value);
        var logged = RepositoryFiles.Sources.SelectMany(text => Logged().Matches(text)).Where(m => m.Groups[1].Value == m.Groups[2].Value)
            .Select(m => m.Groups[1].Value);
        var events = typeof(LogEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.Name).Order().ToList();

        Assert.Equal(events, lookedFor.Order());
        Assert.Equal(events, logged.Order());
    }

    [SkippableFact]
    public void Every_alert_is_on_and_somebody_is_told()
    {
        var resources = Infrastructure.Get().Everything;
        var rules = resources.Where(r => r.Type is QueryRule or "Microsoft.Insights/metricAlerts").ToList();
        var told = resources.Single(r => r.Type == "Microsoft.Insights/actionGroups");

        Assert.Equal(8, rules.Count);
        Assert.All(rules, r => Assert.Equal("true", r.Text("enabled")));
        Assert.All(rules, r => Assert.Contains("/actionGroups/ag-cx-prod", r.Text("actions"), StringComparison.Ordinal));
        Assert.Contains(Infrastructure.Environment["CX_ALERT_EMAIL"], told.Text("emailReceivers"), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Queries() =>
        from rule in Infrastructure.Get().Everything
        where rule.Type == QueryRule
        from criterion in rule.Properties.GetProperty("criteria").GetProperty("allOf").EnumerateArray()
        select criterion.GetProperty("query").GetString()!;

    [GeneratedRegex(@"Properties\.EventName\) in \([^)]+\)")]
    private static partial Regex LookedFor();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"EventId = LogEvents\.(\w+), EventName = nameof\(LogEvents\.(\w+)\)")]
    private static partial Regex Logged();
}
