namespace Cx.Application.FollowUps.Readiness;

/// <summary>How a check ended. The names are part of the API.</summary>
public enum ReadinessOutcome
{
    Pass,

    /// <summary>Mail may be delivered worse, or it could not be found out.</summary>
    Warn,

    /// <summary>Receivers refuse such mail, or take it for spam.</summary>
    Fail,
}

/// <summary>One thing that receivers look at before they take a shop's mail.</summary>
/// <param name="Check"><c>sender</c>, <c>from</c>, <c>spf</c>, <c>dkim</c> or <c>dmarc</c>.</param>
/// <param name="Name">The name in DNS at which it was looked for; none where nothing was.</param>
/// <param name="Record">What stands there; none where nothing was found.</param>
/// <param name="Text">What that means, as a sentence.</param>
/// <param name="Remedy">What to do; none where nothing is to be done.</param>
public sealed record ReadinessCheck(string Check, ReadinessOutcome Outcome, string? Name, string? Record, string Text, string? Remedy)
{
    internal static ReadinessCheck Pass(string check, string? name, string? record, string text) => new(check, ReadinessOutcome.Pass, name, record, text, null);

    internal static ReadinessCheck Warn(string check, string? name, string? record, string text, string remedy) => new(check, ReadinessOutcome.Warn, name, record, text, remedy);

    internal static ReadinessCheck Fail(string check, string? name, string? record, string text, string remedy) => new(check, ReadinessOutcome.Fail, name, record, text, remedy);

    internal static ReadinessCheck Unknown(string check, string name, TxtAnswer answer) => Warn(
        check, name, null, $"{name} could not be looked up now: {answer.Problem ?? "no answer"}.", "Ask again later. Where it stays so, see whether this machine reaches its name servers (Cx__Dns__Servers).");
}

/// <summary>A record of <c>tag=value</c> pairs, as DKIM and DMARC have them (RFC 6376 §3.2).</summary>
internal static class TagList
{
    /// <summary>None where it is not such a list, or a tag stands twice.</summary>
    public static IReadOnlyDictionary<string, string>? Read(string record)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in record.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', 2, StringSplitOptions.TrimEntries) is not [{ Length: > 0 } tag, var value] || !tags.TryAdd(tag, value))
            {
                return null;
            }
        }

        return tags;
    }
}
