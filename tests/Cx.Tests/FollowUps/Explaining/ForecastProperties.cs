using Cx.Domain;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Explaining;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Tests.FollowUps.Deciding;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.FollowUps.Explaining;

/// <summary>An explanation agrees with what decides, whatever happened before.</summary>
public sealed class ForecastProperties
{
    private static readonly Sentences[] Languages = [.. Sentences.Languages.Select(l => new Sentences(l, "Europe/Rome"))];

    private static readonly CadenceHistory History = new(Cadence.Shipped("post-sale")!, [], null);

    [Fact]
    public void What_is_explained_to_come_next_is_what_the_decider_does_next() => Holds((story, at) =>
    {
        var why = Explained(story, at);
        if (why.Next is not { } next)
        {
            var known = story.Log.Count();
            story.RunUntil(at.AddDays(366));
            Assert.Empty(story.Log.Skip(known).SelectMany(Decision));
            return;
        }

        if (next.At > at)
        {
            Assert.Empty(story.Wake(next.At.AddTicks(-1)).SelectMany(Decision));
        }

        var decided = story.Wake(next.At);
        var expected = why.FollowUps.SelectMany(f => f.Steps.Where(s => s.Forecast.Count > 0 && s.Forecast[0].At == next.At).Select(s => (f.Id, s.Step, s.Forecast[0].Outlook, s.Forecast[0].Reason)));
        Assert.Equal(expected.Order(), decided.SelectMany(Decision).Order());
        Assert.NotEmpty(decided.SelectMany(Decision));
    });

    [Fact]
    public void Every_follow_up_is_explained_by_the_trigger_that_started_it() => Holds((story, at) =>
    {
        var why = Explained(story, at);
        Assert.All(why.Triggers, t => Assert.True(t.Outcome is WhyCode.Started or WhyCode.History or WhyCode.AlreadyStarted, $"{t}"));
        Assert.Equal(
            story.Customer.FollowUps.Keys.Order(), why.Triggers.Where(t => t.Outcome == WhyCode.Started).Select(t => t.FollowUp!.Value).Order());
    });

    [Fact]
    public void No_sentence_has_a_value_left_open() => Holds((story, at) =>
    {
        foreach (var say in Languages)
        {
            var why = CadenceExplainer.Explain(story.Customer, story.ContextAt(at), History, story.Recorded, new(story.Products), say).In(say, new Dictionary<string, string>());
            var sentences = why.Summary.Concat(why.Triggers.Select(t => t.Text)).Concat(why.FollowUps.SelectMany(f => f.Steps).SelectMany(s => s.Checks.Select(c => c.Text).Append(s.Text)));
            Assert.All(sentences, s => Assert.Matches(@"^[^{}\[\]]+\.$", s));
        }
    });

    private static CadenceExplanation Explained(Story story, DateTimeOffset at) =>
        CadenceExplainer.Explain(story.Customer, story.ContextAt(at), History, story.Recorded, new(story.Products), Languages[0]);

    private static IEnumerable<(FollowUpId, string, Outlook, Reason?)> Decision(ICustomerEvent e) => e switch
    {
        MessageQueued x => [(x.FollowUp, x.Step, Outlook.Send, null)],
        StepHeld x => [(x.FollowUp, x.Step, Outlook.Hold, x.Reason)],
        StepSkipped x => [(x.FollowUp, x.Step, Outlook.Skip, x.Reason)],
        _ => [],
    };

    private static List<Message> Queued(Story story) => [.. story.Customer.Messages.Values.Where(m => m.Status == MessageStatus.Queued)];

    // At the end of a story of any length, once what was queued is sent: what comes next is a wake.
    private static void Holds(Action<Story, DateTimeOffset> property) => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(
        Gen.Zip(Chapters.Any, Gen.Choose(0, 40)).Select(x => x.Item1.Take(x.Item2).ToArray()).ToArbitrary(), (Chapter[] chapters) =>
        {
            var story = Chapters.Run(chapters);
            var at = story.Customer.RecordedAt;
            while (Queued(story) is [_, ..] queued)
            {
                at = queued.Max(m => m.RetryAt) is { } retried && retried > at ? retried : at;
                story.Send(at);
            }

            property(story, at);
        }));
}
