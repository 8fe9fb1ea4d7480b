using System.Text.Json;
using Cx.Domain.Experience;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.Experience;

public class ExperienceProperties
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Episode[] Episodes = [new("o", Start.AddDays(200), null), new("p", null, Start.AddDays(380)), new("q", null, null)];

    /// <summary>Histories of two years, many signals at the same instants and of the same strength, some after the instant asked for.</summary>
    private static readonly Arbitrary<(Signal[] Signals, int Day)> Histories =
        (from drafts in (from value in Gen.Choose(0, 20)
                         from weight in Gen.Choose(0, 8)
                         from channel in Gen.Elements(Enum.GetValues<Channel>())
                         from stage in Gen.Elements(Enum.GetValues<Stage>())
                         from day in Gen.Choose(0, 730)
                         from episode in Gen.Elements<string?>("o", "p", "q", "unknown", null)
                         select new Signal("", "test", value * 5, weight / 2.0, channel, stage, Start.AddDays(day / 7 * 7), "felt", episode)).ListOf()
         from day in Gen.Choose(0, 800)
         select (drafts.Select((x, i) => x with { Id = $"s{i}" }).ToArray(), day)).ToArbitrary();

    [Fact]
    public void Contributions_sum_to_what_parts_the_score_from_the_prior_which_stays_on_the_scale() => Prop.ForAll(Histories, x =>
    {
        var score = Evaluate(x.Signals, x.Day);
        var independent = score.Contributions.Sum(c => c.EffectiveWeight * c.Signal.Value) + 140;
        var weights = score.Contributions.Sum(c => c.EffectiveWeight) + 2;
        return Math.Abs(score.Contributions.Sum(c => c.Points) - (score.Score - 70)) < 1e-9
            && Math.Abs(independent / weights - score.Score) < 1e-9
            && score.Score is >= -1e-9 and <= 100 + 1e-9
            && score.Confidence is >= 0 and < 1
            && score.Consistency is null or (>= 0 and <= 100);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_of_arrival_changes_nothing_not_even_the_last_bit() => Prop.ForAll(Histories, Gen.Choose(0, int.MaxValue).ToArbitrary(), (x, seed) =>
    {
        var shuffled = x.Signals.ToArray();
        new Random(seed).Shuffle(shuffled);
        return Json(Evaluate(x.Signals, x.Day)) == Json(Evaluate(shuffled, x.Day));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_has_not_happened_yet_changes_nothing() => Prop.ForAll(Histories, x =>
    {
        var known = x.Signals.Where(s => s.OccurredAt <= Start.AddDays(x.Day)).ToArray();
        return Json(Evaluate(x.Signals, x.Day)) == Json(Evaluate(known, x.Day));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void With_time_alone_every_weight_halves_in_half_a_year_and_confidence_fades() => Prop.ForAll(Histories, x =>
    {
        Signal[] free = [.. x.Signals.Select(s => s with { Episode = null })];
        var then = Evaluate(free, 730);
        var later = Evaluate(free, 730 + 180);
        return later.Confidence <= then.Confidence
            && then.Contributions.Zip(later.Contributions).All(p => Math.Abs(p.First.EffectiveWeight / 2 - p.Second.EffectiveWeight) < 1e-9);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_better_value_never_lowers_the_score_while_it_stays_on_its_side_of_fifty() => Prop.ForAll(Histories, x =>
    {
        Signal[] free = [.. x.Signals.Select(s => s with { Episode = null })];
        Signal[] better = [.. free.Select(s => s with { Value = s.Value < 45 ? s.Value + 4 : s.Value >= 50 ? Math.Min(100, s.Value + 4) : s.Value })];
        return Evaluate(better, x.Day).Score >= Evaluate(free, x.Day).Score - 1e-9;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_episode_has_one_peak_and_a_closed_one_has_one_end() => Prop.ForAll(Histories, x =>
    {
        var at = Start.AddDays(x.Day);
        var closed = Episodes.Where(e => e.IsClosed(at, 30)).Select(e => e.Id).ToHashSet();
        return Evaluate(x.Signals, x.Day).Contributions.GroupBy(c => c.Signal.Episode).All(g =>
            g.Count(c => c.Why.HasFlag(Emphasis.Peak)) == (g.Key is null ? 0 : 1)
            && g.Count(c => c.Why.HasFlag(Emphasis.End)) == (g.Key is not null && closed.Contains(g.Key) ? 1 : 0)
            && g.All(c => c.Factor == (c.Signal.Value < 50 || c.Why.HasFlag(Emphasis.Peak) || c.Why.HasFlag(Emphasis.End) ? 2 : 1)));
    }).QuickCheckThrowOnFailure();

    private static ExperienceScore Evaluate(Signal[] signals, int day) =>
        ExperienceFormula.Evaluate(signals, Episodes, Start.AddDays(day), ExperienceSettings.Default);

    private static string Json(ExperienceScore score) => JsonSerializer.Serialize(score);
}
