using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Explaining;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Explaining;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>Each kind of why, and of why not, as data and in both languages.</summary>
public sealed class CadenceExplainerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 11, 0, 0, TimeSpan.Zero);
    private static readonly CadenceDocument Post = DefaultCadences.PostSale;

    [Fact]
    public void Nothing_that_the_trigger_names_has_happened()
    {
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [] };
        var why = Explained(story, Noon, Of(Post with { Trigger = new("order-delivered") }));

        Assert.Equal((WhyCode.NeverTriggered, "order-delivered"), (why.Verdict, Assert.Single(why.Events)));
        Said(why, "it starts with 'order delivered', and nothing of the kind is recorded", "parte con 'ordine consegnato', e nulla del genere è registrato");
        Said(why, "No order of this customer is known.", "Non è noto alcun ordine di questo cliente.");

        story.Record(Noon, Placed("o-1", Noon));
        why = Explained(story, Noon, Of(Post with { Trigger = new("order-delivered") }));
        Assert.Equal([("order-placed", Noon)], Assert.Single(why.Orders).Events.Select(e => (e.Key, e.Value)));
        Said(why, "Of order o-1 is known: order placed (2 March 2026 at 12:00).", "Dell'ordine o-1 si sa: ordine effettuato (2 marzo 2026 alle 12:00).");
    }

    [Fact]
    public void What_is_history_as_it_is_recorded_starts_nothing()
    {
        var story = Consenting(Noon);
        story.Record(Noon, Placed("o-1", Noon.AddDays(-20)));

        var why = Explained(story, Noon);

        Assert.Equal((WhyCode.History, Noon.AddDays(-20), Noon), (why.Verdict, why.Triggers[0].HappenedAt, why.Triggers[0].RecordedAt));
        Said(why, "because it is history: it happened on 10 February 2026 at 12:00", "perché è storia: è avvenuto il 10 febbraio 2026 alle 12:00");
    }

    [Fact]
    public void What_was_recorded_before_the_first_version_or_while_archived_starts_nothing()
    {
        var own = Post with { Slug = "own" };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [] };
        story.Record(Noon, Placed("o-1", Noon));
        story.Record(Noon.AddHours(2), Placed("o-2", Noon.AddHours(2)));
        var published = new CadencePublished("own", own, RunningChoice.Stay, "k-1", Noon.AddHours(1));
        var archived = new CadenceArchived("own", "k-1", Noon.AddMinutes(90));

        var why = Explained(story, Noon.AddHours(3), Of(own, CadenceState.Archived, published, archived));

        Assert.Equal([WhyCode.WhileArchived, WhyCode.BeforePublication], why.Triggers.Select(t => t.Outcome));
        Assert.Equal((WhyCode.WhileArchived, (WhyCode.CadenceArchived, (DateTimeOffset?)archived.OccurredAt, "k-1")), (why.Verdict, why.Reasons.Select(r => (r.Code, r.Since, r.By)).Single()));
        Said(why, "The cadence is archived since 2 March 2026 at 13:30, by key 'Marketing' (k-1).", "La cadenza è archiviata dal 2 marzo 2026 alle 13:30, per la chiave 'Marketing' (k-1).");
        Assert.Contains("before the cadence was first published on 2 March 2026 at 13:00", why.In(Say("en"), Names).Triggers[1].Text, StringComparison.Ordinal);
        Assert.Contains("prima che la cadenza fosse pubblicata il 2 marzo 2026 alle 13:00", why.In(Say("it"), Names).Triggers[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_that_was_false_is_told_with_the_value_of_then_and_of_now()
    {
        var cadence = Post with { Trigger = new("order-placed", [new("orders-taken", Comparison.AtLeast, JsonSerializer.SerializeToElement(2))]) };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [cadence] };
        story.Record(Noon, Placed("o-1", Noon));

        var first = Explained(story, Noon, Of(cadence));
        Assert.Equal(WhyCode.ConditionFalse, first.Verdict);
        story.Record(Noon.AddDays(1), Placed("o-2", Noon.AddDays(1)));

        var why = Explained(story, Noon.AddDays(1), Of(cadence));

        Assert.Equal(WhyCode.Running, why.Verdict);
        Assert.Equal([WhyCode.Started, WhyCode.ConditionFalse], why.Triggers.Select(t => t.Outcome));
        Assert.Equal(new("orders-taken", Comparison.AtLeast, "2", "1", "2"), Assert.Single(why.Triggers[1].Conditions));
        Said(first, "The fact 'orders-taken' was 1 as that was recorded, and is 1 now; it should be at least 2.", "Il fatto 'orders-taken' era 1 alla registrazione, ed è 1 ora; dovrebbe essere almeno 2.");
    }

    [Fact]
    public void What_is_about_the_same_starts_nothing_more()
    {
        var cadence = Post with { FallbackTrigger = new("order-delivered") };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [cadence] };
        story.Record(Noon, Placed("o-1", Noon));
        story.Record(Noon.AddDays(1), Delivered("o-1", Noon.AddDays(1)));

        var why = Explained(story, Noon.AddDays(1), Of(cadence));

        Assert.Equal([WhyCode.AlreadyStarted, WhyCode.Started], why.Triggers.Select(t => t.Outcome));
        Assert.All(why.Triggers, t => Assert.Equal(story.Customer.FollowUps.Keys.Single(), t.FollowUp));
        Assert.Contains("the cadence had started about the same before", why.In(Say("en"), Names).Triggers[0].Text, StringComparison.Ordinal);
        Assert.Contains("la cadenza era già partita per lo stesso motivo", why.In(Say("it"), Names).Triggers[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, null, WhyCode.OnceOnly, "the cadence runs once for a customer, and had begun on 2 March 2026 at 12:00", "la cadenza si svolge una volta per cliente, ed era iniziata il 2 marzo 2026 alle 12:00")]
    [InlineData(false, false, null, WhyCode.StillRunning, "that began on 2 March 2026 at 12:00 still ran", "era ancora in corso un follow-up della cadenza iniziato il 2 marzo 2026 alle 12:00")]
    [InlineData(false, true, 5, WhyCode.TooSoon, "may start again from 7 March 2026 at 12:00 on", "può ripartire dal 7 marzo 2026 alle 12:00")]
    public void The_rule_of_reentry_is_told_with_what_it_is_measured_by(bool once, bool whileRunning, int? afterDays, WhyCode code, string english, string italian)
    {
        var cadence = Post with { Reentry = new(once, whileRunning, afterDays is { } days ? TimeSpan.FromDays(days) : null) };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Cadences = [cadence] };
        story.Record(Noon, Placed("o-1", Noon));
        story.Record(Noon.AddDays(1), Placed("o-2", Noon.AddDays(1)));

        var why = Explained(story, Noon.AddDays(1), Of(cadence));

        Assert.Equal([code, WhyCode.Started], why.Triggers.Select(t => t.Outcome));
        Assert.Contains(english, why.In(Say("en"), Names).Triggers[0].Text, StringComparison.Ordinal);
        Assert.Contains(italian, why.In(Say("it"), Names).Triggers[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_draft_starts_nothing_and_says_whether_it_would_be_asked()
    {
        var story = Consenting(Noon);
        story.Record(Noon, Placed("o-1", Noon));

        var why = Explained(story, Noon, new(new("idea", CadenceState.Draft, null, Post with { Slug = "idea", Name = "Idea" }, []), [], null));

        Assert.Equal((WhyCode.Draft, null, WhyCode.Draft), (why.Verdict, why.Version, Assert.Single(why.Triggers).Outcome));
        Said(why, "The cadence 'Idea' is a draft that was never published", "La cadenza 'Idea' è una bozza mai pubblicata");
    }

    [Fact]
    public void What_stands_in_the_way_is_told_with_since_when_and_by_whom()
    {
        var cadence = Post with { ControlShare = 1 };
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Sending = Sending.Off, Cadences = [cadence] };
        story.Standing(_ => new(CadenceState.Paused, 1, []));
        story.Record(Noon, Placed("o-1", Noon), Objected(Noon), new SpamReported("s-1", Channel.Email, Noon), new ProcessingRestricted("test", Noon));
        var now = story.ContextAt(Noon.AddHours(1)) with
        {
            Barred = [new(Personal.FromSeal("ada@example.org"), Purpose.Marketing, Noon.AddDays(-3))],
            Refused = [new(Personal.FromSeal("ada@example.org"), IsGivenAnew: false, Noon.AddDays(-2))],
        };
        var history = Of(cadence, CadenceState.Paused, new CadencePaused("post-sale", "k-9", Noon.AddMinutes(-5))) with { SendingSince = Noon.AddDays(-9) };

        var why = CadenceExplainer.Explain(story.Customer, now, history, story.Recorded, OfferChoice.NotLookedUp, Say("en"));

        Assert.Equal(
            [
                (WhyCode.CadencePaused, Noon.AddMinutes(-5), "k-9"), (WhyCode.SendingOff, Noon.AddDays(-9), null), (WhyCode.Restricted, Noon, null), (WhyCode.ControlGroup, null, null),
                (WhyCode.Objected, Noon, "unsubscribe"), (WhyCode.MarkedAsSpam, Noon, null), (WhyCode.AddressBarred, Noon.AddDays(-3), null), (WhyCode.AddressRefused, Noon.AddDays(-2), null),
            ],
            why.Reasons.Select(r => (r.Code, r.Since, r.By)));
        Said(why, "The cadence is paused since 2 March 2026 at 11:55, by key 'k-9'.", "La cadenza è in pausa dal 2 marzo 2026 alle 11:55, per la chiave 'k-9'.");
        Said(why, "The shop's sending is switched off since 21 February 2026 at 12:00.", "L'invio del negozio è spento dal 21 febbraio 2026 alle 12:00.");
        Said(why, "The customer objected (email/marketing) on 2 March 2026 at 12:00; source: unsubscribe.", "Il cliente si è opposto (email/marketing) il 2 marzo 2026 alle 12:00; fonte: unsubscribe.");
        Said(why, "The customer is in the control group, which gets nothing.", "Il cliente è nel gruppo di controllo, che non riceve nulla.");
        Said(why, "An address of the customer is barred in the whole shop (marketing) since", "Un indirizzo del cliente è escluso in tutto il negozio (marketing) dal");
    }

    [Fact]
    public void A_step_says_how_it_is_what_it_waits_for_and_what_comes_next()
    {
        var story = Consenting(Noon);
        story.Record(Noon, Placed("o-1", Noon));
        story.Wake(Noon);
        story.Send(Noon);
        story.Record(Noon.AddDays(2), Delivered("o-1", Noon.AddDays(2).AddHours(10)));

        var why = Explained(story, Noon.AddDays(3));

        Assert.Equal((WhyCode.Running, "review-request", Outlook.Hold), (why.Verdict, why.Next!.Step, why.Next.Outlook));
        var steps = why.FollowUps[0].Steps.ToDictionary(s => s.Step);
        Assert.Equal((StepStatus.Sent, Noon), (steps["thank-you"].Status, steps["thank-you"].SentAt));
        Assert.Equal("previous-step", steps["review-reminder"].WaitsFor);
        var request = steps["review-request"];
        Assert.Equal(Noon.AddDays(9).AddHours(10), request.Due);
        Assert.Equal([(Outlook.Hold, Reason.QuietHours), (Outlook.Send, null)], request.Forecast.Select(f => (f.Outlook, f.Reason)));
        Assert.Contains(request.Checks, c => c is { Policy: "quiet-hours", Passed: false });
        Said(why, "By what is known now it will be held on 11 March 2026 at 22:00: it is quiet time where the customer is, until 12 March 2026 at 08:00.", "Per quanto si sa ora sarà messo in attesa il 11 marzo 2026 alle 22:00: dove si trova il cliente sono ore di silenzio, fino al 12 marzo 2026 alle 08:00.");
        Said(why, "The step 'review-reminder' waits", "Il passo 'review-reminder' aspetta");
        Said(why, "Next: the step 'review-request' will be held", "Poi: il passo 'review-request' sarà messo in attesa");
    }

    [Fact]
    public void A_cap_is_told_with_its_end()
    {
        var story = Consenting(Noon);
        story.Shop = story.Shop with { Policy = ContactPolicy.Default with { Caps = [new(1, TimeSpan.FromDays(30), Channel.Email, Category.Marketing)] } };
        story.Record(Noon, Placed("o-1", Noon), Delivered("o-1", Noon));
        story.RunUntil(Noon.AddDays(8));
        story.Record(Noon.AddDays(8), Placed("o-2", Noon.AddDays(8)), Delivered("o-2", Noon.AddDays(8)));
        story.RunUntil(Noon.AddDays(16));

        var why = Explained(story, Noon.AddDays(16));

        var held = why.FollowUps[0].Steps.Single(s => s.Step == "review-request");
        Assert.Equal((StepStatus.Held, Reason.Cap, Noon.AddDays(37)), (held.Status, held.Reason, held.Until));
        Said(why, "is held until 8 April 2026 at 13:00 at the latest: the most marketing e-mails of the period were sent.", "è in attesa al più tardi fino al 8 aprile 2026 alle 13:00: è raggiunto il numero massimo");
    }

    private static CadenceHistory Of(CadenceDocument document, CadenceState state = CadenceState.Published, params IEvent[] changes) =>
        new(new(document.Slug, state, document, null, []), changes is [] ? [new CadencePublished(document.Slug, document, RunningChoice.Stay, "k-1", Noon.AddDays(-100))] : changes, null);

    private static CadenceExplanation Explained(Story story, DateTimeOffset at, CadenceHistory? history = null) =>
        CadenceExplainer.Explain(story.Customer, story.ContextAt(at), history ?? Of(Post), story.Recorded, new(story.Products), Say("en"));

    private static readonly Dictionary<string, string> Names = new() { ["k-1"] = "Marketing" };

    private static Sentences Say(string language) => new(language, "Europe/Rome");

    private static void Said(CadenceExplanation why, string english, string italian)
    {
        Assert.Contains(english, string.Join('\n', why.In(Say("en"), Names).Summary), StringComparison.Ordinal);
        Assert.Contains(italian, string.Join('\n', why.In(Say("it"), Names).Summary), StringComparison.Ordinal);
    }
}
