using System.Text.Json;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>Checks the conditions of a cadence: that they can be decided, and that none of them makes a review or a reward depend on how content somebody is.</summary>
internal static class CadenceConditions
{
    private const string Fair = "ask and reward happy and unhappy customers alike (FTC 16 CFR 465, Directive 2005/29/EC article 7(6))";

    private static readonly string[] AskForReviews = ["review-request", "review-reminder"];

    internal static IEnumerable<CadenceError> Validate(CadenceDocument doc)
    {
        var steps = doc.Steps ?? [];
        var asksOrRewards = steps.Any(s => Asks(doc, s) || Rewards(s));
        foreach (var (path, trigger) in new[] { ("/trigger", doc.Trigger), ("/fallbackTrigger", doc.FallbackTrigger) })
        {
            foreach (var error in Of($"{path}/conditions", trigger?.Conditions, asksOrRewards ? "decides who is asked for a review, or rewarded, by how content they are" : null))
                yield return error;
        }

        foreach (var (i, step) in steps.Index())
        {
            var unfair = Asks(doc, step) ? "a request for a review may not depend on how content somebody is"
                : Rewards(step) ? "an incentive may not depend on how content somebody is"
                : null;
            foreach (var error in Of($"/steps/{i}/conditions", step.Conditions, unfair))
                yield return error;
            if (unfair is not null && Follows(steps, i).Any(s => s.Conditions?.Any(IsSatisfaction) is true))
                yield return new($"/steps/{i}/anchor/on", $"{unfair}, and the step that it follows does", Fair);
        }
    }

    private static IEnumerable<CadenceError> Of(string path, IReadOnlyList<Condition>? conditions, string? unfair)
    {
        foreach (var (i, condition) in (conditions ?? []).Index())
        {
            if (Facts.Find(condition?.Fact) is not { } fact)
                yield return new($"{path}/{i}/fact", $"there is no fact '{condition?.Fact}'", $"one of {string.Join(", ", Facts.All.Select(f => f.Name))}");
            else if (!fact.Comparisons.Contains(condition!.Is))
                yield return new($"{path}/{i}/is", $"'{fact.Name}' is not compared so", $"one of {string.Join(", ", fact.Comparisons.Select(JsonNaming.Kebab))}");
            else if (Wrong(fact, condition) is { } hint)
                yield return new($"{path}/{i}/value", $"is no value that '{fact.Name}' is compared with", hint);
            else if (unfair is not null && fact.IsSatisfaction)
                yield return new($"{path}/{i}/fact", unfair, Fair);
        }
    }

    private static string? Wrong(Fact fact, Condition condition) => (condition.Is, fact.Type, condition.Value) switch
    {
        (Comparison.Known or Comparison.Unknown, _, var value) => value is null ? null : "leave it out",
        (Comparison.OneOf or Comparison.NoneOf, _, { ValueKind: JsonValueKind.Array } list)
            when list.GetArrayLength() > 0 && list.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String) => null,
        (Comparison.OneOf or Comparison.NoneOf, _, _) => "a list of texts",
        (_, FactType.Number, { ValueKind: JsonValueKind.Number } number) when number.TryGetDecimal(out _) => null,
        (_, FactType.Number, _) => "a number",
        (_, FactType.Boolean, { ValueKind: JsonValueKind.True or JsonValueKind.False }) => null,
        (_, FactType.Boolean, _) => "true or false",
        (_, _, { ValueKind: JsonValueKind.String }) => null,
        _ => "a text",
    };

    private static bool IsSatisfaction(Condition condition) => Facts.Find(condition?.Fact)?.IsSatisfaction is true;

    // By what a review ends, or by its template.
    private static bool Asks(CadenceDocument doc, Step step) =>
        AskForReviews.Contains(step.Template) || (doc.Exits ?? []).Any(e => e is { On: "review-posted", Steps: not null } && e.Steps.Contains(step.Id));

    private static bool Rewards(Step step) => step.Kind == StepKind.Offer;

    // The steps that have to be sent before it, nearest first.
    private static IEnumerable<Step> Follows(IReadOnlyList<Step> steps, int index)
    {
        for (var i = index; i > 0 && steps[i].Anchor?.On == Anchor.PreviousStep; i--)
            yield return steps[i - 1];
    }
}
