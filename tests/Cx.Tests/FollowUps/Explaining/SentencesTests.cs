using System.Text.RegularExpressions;
using Cx.Domain.Experience;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Explaining;
using Cx.Tests.FollowUps.Deciding;

namespace Cx.Tests.FollowUps.Explaining;

/// <summary>Both languages say the same. That every check has a sentence is looked at wherever a story is told: <see cref="Story.Commit"/>.</summary>
public sealed partial class SentencesTests
{
    public static TheoryData<string> Languages => [.. Sentences.Languages];

    [Fact]
    public void Each_language_has_the_sentences_of_the_others() =>
        Assert.Equal(Sentences.Keys("en").Order(StringComparer.Ordinal), Sentences.Keys("it").Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_reason_has_a_sentence(string language) =>
        Assert.DoesNotContain(Enum.GetValues<Reason>(), r => In(language).Of(r).StartsWith("reason.", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_note_of_a_policy_and_of_a_signal_has_a_sentence(string language) => Assert.Empty(PolicySentences.NoteKeys.Concat(Explanation.ReasonKeys).Except(Sentences.Keys(language)));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_event_that_a_cadence_may_name_has_a_word(string language) =>
        Assert.Empty(SubjectFacts.Triggers.Concat(SubjectFacts.Exits).Concat(SubjectFacts.Anchors).Select(e => $"event.{e}").Except(Sentences.Keys(language)));

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_code_has_a_sentence(string language) =>
        Assert.DoesNotContain(Enum.GetValues<WhyCode>().Select(JsonName), c => !Sentences.Keys(language).Any(k => k == $"verdict.{c}" || k == $"trigger.{c}" || k == $"why.{c}"));

    [Fact]
    public void A_sentence_names_the_same_values_in_every_language() => Assert.Empty(
        from key in Sentences.Keys("en")
        where !key.StartsWith("months", StringComparison.Ordinal)
        where !Names(In("en").Say(key)).SetEquals(Names(In("it").Say(key)))
        select key);

    [Theory]
    [InlineData("en", "A review was asked for on 29 March 2026 at 03:30.", "1 product", "2.5 hours")]
    [InlineData("it", "È stata chiesta una recensione il 29 marzo 2026 alle 03:30.", "1 prodotto", "2,5 ore")]
    public void Instants_are_in_the_zone_of_the_shop_and_words_go_with_their_numbers(string language, string sentence, string one, string half)
    {
        var say = In(language);

        Assert.Equal(sentence, say.Of(new Check("review-spacing", Passed: false, "one was asked for on 2026-03-29T01:30:00Z")));
        Assert.Contains(one, say.Of(new Check("offer", Passed: true, "1 to offer")), StringComparison.Ordinal);
        Assert.Contains(half, say.Of(new Check("lateness", Passed: true, "2.5 h late, at most 24 h")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de", new[] { "fr", "it-CH", "en" }, "it")]
    [InlineData("de", new string[0], "en")]
    [InlineData("it-IT", new[] { "fr" }, "it")]
    public void The_first_language_that_there_is_is_told_else_that_of_the_shop_else_english(string ofShop, string[] wanted, string told) =>
        Assert.Equal(told, Sentences.In(new Story().Shop with { Languages = [ofShop] }, wanted).Language);

    private static string JsonName(WhyCode code) => Cx.Domain.JsonNaming.Kebab(code);

    private static Sentences In(string language) => new(language, "Europe/Rome");

    private static HashSet<string> Names(string sentence) => [.. Placeholder().Matches(sentence).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"\{(\w+)")]
    private static partial Regex Placeholder();
}
