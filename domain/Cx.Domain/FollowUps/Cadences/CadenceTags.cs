using System.Text.Json;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>The words in a cadence that are compared with sealed ones.</summary>
public static class CadenceTags
{
    /// <summary>The same with the words of tags hashed, as tags are stored: so that deciding needs no key.</summary>
    public static CadenceDocument Hashed(this CadenceDocument document, HashId hash) => document.With(c => Words(c) is { Count: > 0 } words
        ? c with { Hashes = Labels.Hashed(string.Join(Labels.Separator, words), hash) }
        : c with { Hashes = null });

    /// <summary>The same as its author writes it.</summary>
    public static CadenceDocument Unhashed(this CadenceDocument document) => document.With(c => c with { Hashes = null });

    private static List<string> Words(Condition condition) =>
        Facts.Find(condition.Fact)?.IsSealed is true && condition.Value is { ValueKind: JsonValueKind.Array } words ? [.. words.EnumerateArray().Select(w => w.ToString())] : [];

    private static CadenceDocument With(this CadenceDocument document, Func<Condition, Condition> change) => document with
    {
        Trigger = document.Trigger with { Conditions = With(document.Trigger.Conditions, change) },
        FallbackTrigger = document.FallbackTrigger is { } fallback ? fallback with { Conditions = With(fallback.Conditions, change) } : null,
        Steps = [.. document.Steps.Select(s => s with { Conditions = With(s.Conditions, change) })],
    };

    private static List<Condition>? With(IReadOnlyList<Condition>? conditions, Func<Condition, Condition> change) => conditions?.Select(change).ToList();
}
