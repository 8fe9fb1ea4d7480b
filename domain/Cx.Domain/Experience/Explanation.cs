using Cx.Domain.Explaining;

namespace Cx.Domain.Experience;

/// <summary>A score in sentences, for people.</summary>
public static class Explanation
{
    // What signals say of themselves, in English: sentences in other languages are made of what is read back from it.
    private static readonly (string Key, Note Note)[] Reasons =
    [
        ("csat", new("rated {n} of 5")), ("stars", new("reviewed with {n} of 5 stars")), ("nps", new("would recommend: {n} of 10")), ("ces", new("rated the ease of it {n} of 7")),
        ("in-time", new("delivered by the promised day")), ("late", new("delivered {n} day[s] late")), ("cancelled-by-shop", new("order cancelled by the shop")),
        ("cancelled-by-customer", new("order cancelled by the customer")), ("refunded-within", new("refunded within {n} days")), ("refunded-after", new("refunded after {n} day[s]")),
        ("answered-in-time", new("answered within its target time")), ("answered-after", new("answered after {ratio} times its target time")),
        ("unanswered", new("no answer after {ratio} times its target time")), ("complaint-open", new("complaint still open")), ("complaint-in-time", new("complaint resolved in time")),
        ("complaint-late", new("complaint resolved late")), ("spoken-ill", new("spoken ill of in public")), ("spoken-well", new("spoken well of in public")),
        ("mentioned", new("mentioned in public")), ("spam", new("marked a message as spam")), ("unsubscribed", new("unsubscribed")), ("bought-again", new("bought again")),
        ("referred", new("referred somebody")),
    ];

    /// <summary>The keys of the sentences that signals have.</summary>
    public static IEnumerable<string> ReasonKeys => Reasons.Select(r => $"signal.{r.Key}");

    /// <summary>
    /// The score and how sure it is, then the strongest contributions either way, strongest first, such as
    /// <c>-8.3 delivered 3 days late (phone, 12 days ago; counts double: told twice, peak)</c>. The last line sums up the rest, so that the lines add up to the score.
    /// </summary>
    /// <param name="score">An evaluated score.</param>
    /// <param name="most">How many contributions to list one by one.</param>
    public static IReadOnlyList<string> Explain(this ExperienceScore score, Sentences say, int most = 6)
    {
        var strongest = score.Contributions.OrderByDescending(x => Math.Abs(x.Points)).ToList();
        List<string> sentences =
        [
            say.Say(
                strongest.Count == 0 ? "experience.start" : "experience.score", ("score", say.Number(score.Score, "0.0")), ("confidence", say.Number(score.Confidence, "0.00")),
                ("n", strongest.Count), ("prior", say.Number(ExperienceFormula.Prior, "0"))),
            .. strongest.Take(most).Select(x => Sentence(x, say)),
        ];
        if (strongest.Count > most)
            sentences.Add(say.Say("experience.rest", ("points", Points(strongest.Skip(most).Sum(x => x.Points), say)), ("n", strongest.Count - most)));
        return sentences;
    }

    /// <summary>What a signal says of itself, in the language of the sentences.</summary>
    public static string ReasonIn(this Signal signal, Sentences say)
    {
        foreach (var (key, note) in Reasons)
        {
            if (note.Read(signal.Reason) is { } values)
                return say.Say($"signal.{key}", values);
        }

        return signal.Reason;
    }

    private static string Sentence(Contribution x, Sentences say) => say.Say(
        "experience.contribution", ("points", Points(x.Points, say)), ("reason", x.Signal.ReasonIn(say)), ("channel", JsonNaming.Kebab(x.Signal.Channel)),
        ("age", x.AgeDays < 1 ? say.Say("experience.today") : say.Say("experience.ago", ("n", (int)x.AgeDays))), ("emphasis", Emphasised(x, say)));

    private static string? Emphasised(Contribution x, Sentences say)
    {
        (Emphasis Flag, string Word)[] words = [(Emphasis.ToldTwice, "told-twice"), (Emphasis.Peak, "peak"), (Emphasis.End, "end")];
        return x.Why is Emphasis.None ? null : say.Say(
            x.Factor == 2 ? "experience.double" : "experience.times", ("factor", say.Number(x.Factor, "0.##")), ("emphasis", words.Where(w => x.Why.HasFlag(w.Flag)).Select(w => w.Word)));
    }

    private static string Points(double points, Sentences say) => say.Number(points, "+0.0;-0.0;0.0");
}
