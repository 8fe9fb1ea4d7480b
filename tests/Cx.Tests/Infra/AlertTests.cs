using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>Alerts look for sentences in the log: should one be worded differently, its alert would never fire again.</summary>
public partial class AlertTests
{
    [SkippableFact]
    public void Every_sentence_that_an_alert_looks_for_is_logged()
    {
        var sentences = Queries().SelectMany(q => LookedFor().Matches(q)).Select(m => m.Groups[1].Value).ToList();
        // The host itself names the queue of what could not be processed.
        var logged = RepositoryFiles.Sources.SelectMany(text => Logged().Matches(text)).Select(m => m.Groups[1].Value).Append("touchpoints-poison").ToList();

        Assert.Contains("is kept as failed", sentences);
        Assert.All(sentences, sentence => Assert.Contains(logged, message => message.Contains(sentence, StringComparison.Ordinal)));
    }

    [SkippableFact]
    public void Every_alert_is_on_and_somebody_is_told()
    {
        var rules = Infrastructure.Get().Everything.Where(r => r.Type is "Microsoft.Insights/scheduledQueryRules" or "Microsoft.Insights/metricAlerts").ToList();

        Assert.Equal(8, rules.Count);
        Assert.All(rules, r => Assert.Equal("true", r.Text("enabled")));
        Assert.All(rules, r => Assert.Contains("/actionGroups/ag-cx-prod", r.Text("actions"), StringComparison.Ordinal));
        Assert.Contains(Infrastructure.Environment["CX_ALERT_EMAIL"], Infrastructure.Get().Everything.Single(r => r.Type == "Microsoft.Insights/actionGroups").Text("emailReceivers"), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Queries() =>
        Infrastructure.Get().Everything.Where(r => r.Type == "Microsoft.Insights/scheduledQueryRules").Select(r => r.Properties.GetProperty("criteria").GetProperty("allOf")[0].GetProperty("query").GetString()!);

    [GeneratedRegex("Said has \"([^\"]+)\"")]
    private static partial Regex LookedFor();

    [GeneratedRegex("Message = \"([^\"]+)\"")]
    private static partial Regex Logged();
}
