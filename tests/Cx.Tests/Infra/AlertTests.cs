using System.Text.RegularExpressions;

namespace Cx.Tests.Infra;

/// <summary>Alerts look for sentences in the log: should one be worded differently, its alert would never fire again.</summary>
public partial class AlertTests
{
    [Fact]
    public void Every_sentence_that_an_alert_looks_for_is_logged()
    {
        var sentences = LookedFor().Matches(InfraFiles.Module("alerts").Text).SelectMany(m => Sentence().Matches(m.Value)).Select(m => m.Groups[1].Value).ToList();
        // The host itself names the queue of what could not be processed.
        var logged = InfraFiles.Sources.SelectMany(text => Logged().Matches(text)).Select(m => m.Groups[1].Value).Append("touchpoints-poison").ToList();

        Assert.Contains("is kept as failed", sentences);
        Assert.All(sentences, sentence => Assert.Contains(logged, message => message.Contains(sentence, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_queue_of_what_could_not_be_processed_exists() =>
        Assert.Contains("'touchpoints-poison'", InfraFiles.Module("storage").Text, StringComparison.Ordinal);

    [GeneratedRegex(@"query: logged\(\[[^\]]+\]\)")]
    private static partial Regex LookedFor();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Sentence();

    [GeneratedRegex("Message = \"([^\"]+)\"")]
    private static partial Regex Logged();
}
