using System.Globalization;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Experience;

/// <summary>A score in sentences, for people.</summary>
public static class Explanation
{
    /// <summary>
    /// The score and how sure it is, then the strongest contributions either way, strongest first, such as
    /// <c>-8.3 delivered 3 days late (phone, 12 days ago; counts double: told twice, peak)</c>. The last line sums up the rest, so that the lines add up to the score.
    /// </summary>
    /// <param name="score">An evaluated score.</param>
    /// <param name="most">How many contributions to list one by one.</param>
    public static IReadOnlyList<string> Explain(this ExperienceScore score, int most = 6)
    {
        var strongest = score.Contributions.OrderByDescending(x => Math.Abs(x.Points)).ToList();
        List<string> sentences =
        [
            strongest.Count == 0
                ? Text($"{score.Score:0.0} of 100: nothing is known yet, so the score is where every customer starts")
                : Text($"{score.Score:0.0} of 100, confidence {score.Confidence:0.00}, from {Count(strongest.Count, "signal")}; every customer starts at {ExperienceFormula.Prior:0}"),
        ];
        sentences.AddRange(strongest.Take(most).Select(Sentence));
        if (strongest.Count > most)
            sentences.Add(Text($"{strongest.Skip(most).Sum(x => x.Points):+0.0;-0.0;0.0} from {Count(strongest.Count - most, "smaller signal")}"));
        return sentences;
    }

    private static string Sentence(Contribution x)
    {
        var age = x.AgeDays < 1 ? "today" : Count((int)x.AgeDays, "day") + " ago";
        return Text($"{x.Points:+0.0;-0.0;0.0} {x.Signal.Reason} ({JsonNaming.Kebab(x.Signal.Channel)}, {age}{Double(x)})");
    }

    private static string Double(Contribution x)
    {
        (Emphasis Flag, string Word)[] words = [(Emphasis.ToldTwice, "told twice"), (Emphasis.Peak, "peak"), (Emphasis.End, "end")];
        return x.Why is Emphasis.None
            ? ""
            : Text($"; counts {(x.Factor == 2 ? "double" : Text($"{x.Factor:0.##} times"))}: ")
                + string.Join(", ", words.Where(w => x.Why.HasFlag(w.Flag)).Select(w => w.Word));
    }

    private static string Count(int n, string thing) => Text($"{n} {thing}{(n == 1 ? "" : "s")}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
