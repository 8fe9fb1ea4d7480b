using System.Collections.Frozen;
using System.Text.Json;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>Checks the conditions of a cadence: that they can be decided, and that nothing makes a review or a reward depend on how content somebody is.</summary>
internal static class CadenceConditions
{
    private const string Fair = "ask and reward happy and unhappy customers alike (FTC 16 CFR 465, Directive 2005/29/EC article 7(6))";

    private static readonly string[] AskForReviews = ["review-request", "review-reminder"];

    // What says how content somebody is, or comes of it.
    private static readonly FrozenSet<string> Opinions =
        FrozenSet.Create(StringComparer.Ordinal, "review-posted", "feedback-given", "rating-given", "complaint-opened", "complaint-resolved");

    internal static IEnumerable<CadenceError> Validate(CadenceDocument doc)
    {
        var steps = doc.Steps ?? [];
        var asksOrRewards = steps.Any(s => Asks(doc, s) || Rewards(s));
        var byTrigger = asksOrRewards ? "decides who is asked for a review, or rewarded, by how content they are" : null;
        foreach (var (path, trigger) in new[] { ("/trigger", doc.Trigger), ("/fallbackTrigger", doc.FallbackTrigger) })
        {
            foreach (var error in Of($"{path}/conditions", trigger?.Conditions, byTrigger))
                yield return error;

            // A complaint may be answered with an offer: that is no reward for being content.
            if (byTrigger is not null && trigger?.On is { } on && on != "complaint-opened" && Opinions.Contains(on))
                yield return new($"{path}/on", byTrigger, Fair);
        }

        foreach (var (i, step) in steps.Index())
        {
            var unfair = Asks(doc, step) ? "a request for a review may not depend on how content somebody is"
                : Rewards(step) ? "an incentive may not depend on how content somebody is"
                : null;
            foreach (var error in Of($"/steps/{i}/conditions", step.Conditions, unfair))
                yield return error;
            if (unfair is null)
                continue;

            foreach (var (name, anchor) in new[] { ("anchor", step.Anchor), ("fallbackAnchor", step.FallbackAnchor) })
            {
                if (anchor?.On is { } on && Opinions.Contains(on))
                    yield return new($"/steps/{i}/{name}/on", unfair, Fair);
            }

            if (FollowedBySatisfaction(doc, step) is var (at, decisive))
                yield return new($"/steps/{i}{at}", $"{unfair}, and '{decisive.Id}', which leads to it, does", Fair);
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
        AskForReviews.Contains(step.Template) || (step.Variants ?? []).Any(v => AskForReviews.Contains(v?.Template)) || (doc.Exits ?? []).Any(e => e is { On: "review-posted", Steps: not null } && e.Steps.Contains(step.Id));

    private static bool Rewards(Step step) => step.Kind == StepKind.Offer;

    // The step that lets it happen or not by how content somebody is, however many lie between, and where in the step that is said.
    private static (string At, Step Decisive)? FollowedBySatisfaction(CadenceDocument doc, Step step)
    {
        var (seen, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<(string At, Step Step)>([("", step)]));
        while (next.TryDequeue(out var known))
        {
            if (!seen.Add(known.Step.Id ?? ""))
                continue;
            if (known.Step != step && (Opinions.Contains(known.Step.Anchor?.On ?? "") || (known.Step.Sends && known.Step.Conditions?.Any(IsSatisfaction) is true)))
                return (known.At, known.Step);

            if (CadencePaths.Of(doc, known.Step.Id ?? "") is { } path && doc.Steps.FirstOrDefault(s => s.Id == path.Owner) is { } owner)
            {
                if (owner.Conditions?.Any(IsSatisfaction) is true || Opinions.Contains(owner.WaitFor?.On ?? ""))
                    return (known.At, owner);
                next.Enqueue((known.At, owner));
            }

            if (known.Step.Anchor?.On == Anchor.PreviousStep && CadencePaths.Previous(doc, known.Step) is { } previous)
                next.Enqueue((known.At.Length == 0 ? "/anchor/on" : known.At, previous));
        }

        return null;
    }
}
