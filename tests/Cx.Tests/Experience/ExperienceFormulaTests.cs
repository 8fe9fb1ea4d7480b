using Cx.Domain.Experience;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Experience;

public class ExperienceFormulaTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Ageing switched off, to see the factors alone.</summary>
    private static readonly ExperienceSettings Ageless = new() { HalfLifeDays = 1e15 };

    [Fact]
    public void Of_an_unknown_customer_the_score_is_the_prior_without_confidence()
    {
        var score = Evaluate([]);
        Assert.Equal((70.0, 0.0, 1), (score.Score, score.Confidence, score.Formula));
        Assert.Empty(score.Channels);
        Assert.Empty(score.Stages);
        Assert.Null(score.Consistency);
    }

    [Theory]
    [InlineData(100, 3, 0, 88, 0.6)]              // (3·100 + 140) / 5
    [InlineData(0, 3, 0, 17.5, 0.75)]             // told twice: W = 6; 140 / 8
    [InlineData(50, 4, 0, 56.666666667, 0.666666667)] // 50 is not below 50: (200 + 140) / 6
    [InlineData(100, 3, 180, 82.857142857, 0.428571429)] // half: (150 + 140) / 3.5
    [InlineData(100, 3, 360, 78.181818182, 0.272727273)] // a quarter: (75 + 140) / 2.75
    public void One_signal_moves_the_prior_by_hand(double value, double weight, int days, double score, double confidence)
    {
        var result = Evaluate([Felt("a", value, weight, -days)]);
        Assert.Equal(score, result.Score, 1e-8);
        Assert.Equal(confidence, result.Confidence, 1e-8);
        Assert.Equal(days, Assert.Single(result.Contributions).AgeDays, 1e-9);
    }

    [Fact]
    public void The_peak_of_an_episode_counts_double_while_it_is_open_and_the_end_once_it_is_closed()
    {
        Signal[] signals = [Felt("delivery", 80, 1, -30, "o"), Felt("stars", 50, 4, -20, "o"), Felt("csat", 75, 3, -10, "o")];
        var delivered = new Episode("o", Now.AddDays(-30), null);

        // 29.99… days after delivery: open. W = 1, 4·2, 3: (80 + 400 + 225 + 140) / 14
        var open = ExperienceFormula.Evaluate(signals, [delivered], Now.AddTicks(-1), Ageless);
        Assert.Equal([Emphasis.None, Emphasis.Peak, Emphasis.None], open.Contributions.Select(x => x.Why));
        Assert.Equal(845.0 / 14, open.Score, 1e-9);

        // At 30 days: closed. W = 1, 8, 3·2: (80 + 400 + 450 + 140) / 17
        var closed = ExperienceFormula.Evaluate(signals, [delivered], Now, Ageless);
        Assert.Equal([Emphasis.None, Emphasis.Peak, Emphasis.End], closed.Contributions.Select(x => x.Why));
        Assert.Equal(1070.0 / 17, closed.Score, 1e-9);
    }

    [Fact]
    public void Factors_do_not_compound_and_all_reasons_are_told()
    {
        var only = Assert.Single(Evaluate([Felt("a", 0, 1, -1, "o")], [new Episode("o", null, Now.AddDays(-40))]).Contributions);
        Assert.Equal(Emphasis.ToldTwice | Emphasis.Peak | Emphasis.End, only.Why);
        Assert.Equal(2, only.Factor);
    }

    [Fact]
    public void The_earliest_of_equal_peaks_is_the_peak_and_ids_decide_in_the_same_instant()
    {
        var score = Evaluate([Felt("c", 90, 1, -3, "o"), Felt("b", 50, 1, -5, "o"), Felt("a", 90, 1, -5, "o")]);
        Assert.Equal(["a"], score.Contributions.Where(x => x.Why.HasFlag(Emphasis.Peak)).Select(x => x.Signal.Id));
    }

    [Fact]
    public void Each_episode_has_its_own_peak_and_signals_of_none_have_no_peak()
    {
        var score = Evaluate([Felt("a", 90, 1, -3, "o"), Felt("b", 100, 9, -5), Felt("c", 60, 1, -2, "p")]);
        Assert.Equal(["a", "c"], score.Contributions.Where(x => x.Why.HasFlag(Emphasis.Peak)).Select(x => x.Signal.Id));
    }

    [Fact]
    public void An_episode_both_cancelled_and_delivered_closes_after_the_later_known_at_that_instant()
    {
        var episode = new Episode("o", Now.AddDays(-40), Now.AddDays(-5));
        Assert.False(episode.IsClosed(Now, 30));
        Assert.True(episode.IsClosed(Now.AddDays(-6), 30)); // before the cancellation nobody knew of it
        Assert.True(new Episode("o", Now.AddDays(-5), Now.AddDays(-40)).IsClosed(Now.AddDays(-6), 30)); // nor of the delivery
        Assert.False(new Episode("o", null, null).IsClosed(Now, 30));
    }

    [Fact]
    public void As_of_an_instant_what_came_later_is_unknown()
    {
        var score = Evaluate([Felt("now", 100, 3, 0), Felt("later", 0, 3, 1)]);
        Assert.Equal(["now"], score.Contributions.Select(x => x.Signal.Id));
        Assert.Equal(88, score.Score, 1e-9);
    }

    [Fact]
    public void Channels_and_stages_have_their_own_scores_and_consistency_is_how_alike_they_feel()
    {
        var score = Evaluate([
            Felt("a", 100, 3, 0) with { Channel = Channel.Phone, Stage = Stage.Decision },
            Felt("b", 0, 3, 0),
            Felt("c", 0, 0.5, 0) with { Channel = Channel.Post }]); // ΣW 1: confidence 1/3, too little to count

        Assert.Equal([(Channel.Email, 17.5, 6.0), (Channel.Phone, 88, 3), (Channel.Post, 140 / 3.0, 1)],
            score.Channels.Select(x => (x.Channel, x.Score, x.SumW)), new Close());
        Assert.Equal([Stage.Decision, Stage.PostSale], score.Stages.Select(x => x.Stage));
        Assert.Equal(0.75, score.Channels[0].Confidence, 1e-12);

        // mean (6·17.5 + 3·88)/9 = 41; variance (6·23.5² + 3·47²)/9 = 1104.5; 100 - 2·√1104.5
        Assert.Equal(100 - 2 * Math.Sqrt(1104.5), score.Consistency!.Value, 1e-9);
        Assert.Null(Evaluate([Felt("a", 100, 3, 0)]).Consistency);
    }

    [Fact]
    public void The_same_id_twice_is_a_bug_and_says_which()
    {
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => Evaluate([Felt("a", 1, 1, 0), Felt("a", 2, 1, 0)])).Message, StringComparison.Ordinal);
        Assert.Contains("'o'", Assert.Throws<ArgumentException>(() => Evaluate([], [new("o", null, null), new("o", Now, null)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_explanation_names_what_moved_the_score_most_and_still_adds_up()
    {
        var score = Evaluate([Felt("a", 0, 3, -2) with { Reason = "rated 1 of 5", Channel = Channel.Phone }, Felt("b", 100, 1, 0), Felt("c", 72, 1, 0)]);
        var sentences = score.Explain(new("en", "Europe/Rome"), most: 2);
        Assert.Equal(4, sentences.Count);
        Assert.StartsWith("31.3 of 100, confidence 0.80, from 3 signals", sentences[0], StringComparison.Ordinal);
        Assert.Equal("-41.9 rated 1 of 5 (phone, 2 days ago; counts double: told twice)", sentences[1]);
        Assert.Equal("+3.0 felt (email, today)", sentences[2]);
        Assert.Equal("+0.2 from 1 smaller signal", sentences[3]);

        var italian = score.Explain(new("it", "Europe/Rome"), most: 2);
        Assert.StartsWith("31,3 su 100, affidabilità 0,80, da 3 segnali", italian[0], StringComparison.Ordinal);
        Assert.Equal("-41,9 valutato 1 su 5 (telefono, 2 giorni fa; conta doppio: raccontato due volte)", italian[1]);
        Assert.Equal("+0,2 da 1 segnale minore", italian[3]);
    }

    private static ExperienceScore Evaluate(Signal[] signals, Episode[]? episodes = null) =>
        ExperienceFormula.Evaluate(signals, episodes ?? [], Now, ExperienceSettings.Default);

    private static Signal Felt(string id, double value, double weight, int day, string? episode = null) =>
        new(id, "test", value, weight, Channel.Email, Stage.PostSale, Now.AddDays(day), "felt", episode);

    private sealed class Close : IEqualityComparer<(Channel Channel, double Score, double SumW)>
    {
        public bool Equals((Channel Channel, double Score, double SumW) x, (Channel Channel, double Score, double SumW) y) =>
            x.Channel == y.Channel && Math.Abs(x.Score - y.Score) < 1e-9 && Math.Abs(x.SumW - y.SumW) < 1e-9;

        public int GetHashCode((Channel Channel, double Score, double SumW) obj) => obj.Channel.GetHashCode();
    }
}
