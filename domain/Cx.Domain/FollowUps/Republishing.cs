using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps;

/// <summary>What publishing and archiving do to follow-ups that run: they stay, go over to the step of the same id in another version, or end.</summary>
public static class Republishing
{
    /// <summary>The next turn of its cadence that a follow-up has not taken; none where it has taken all.</summary>
    public static CadenceTurn? Turn(FollowUp followUp, ShopFacts shop) =>
        shop.Standings.GetValueOrDefault(followUp.Cadence)?.Turns.Find(t => followUp.Version <= t.Through);

    /// <summary>Whether a follow-up can go over: a step that is not over has one of the same id in the other version.</summary>
    public static bool CanMigrate(FollowUp followUp, CadenceDocument from, CadenceDocument to) =>
        from.Steps.Any(s => !followUp.StepOf(s.Id).IsOver && Has(to, s.Id));

    /// <summary>Why a follow-up is about to end, although it has not been woken since; none where it is not.</summary>
    internal static Reason? EndOf(FollowUp followUp, ShopFacts shop) => Turn(followUp, shop) switch
    {
        { Running: RunningChoice.End, To: null } => Reason.CadenceArchived,
        { Running: RunningChoice.End } => Reason.CadenceReplaced,
        _ => null,
    };

    internal static string Evidence(Reason end) => end == Reason.CadenceArchived ? "the cadence was archived" : "a version was published that ends those running a former one";

    /// <summary>Takes the turns that the running follow-ups have not taken, each in its order.</summary>
    internal static Decision Decide(Decision decision, ShopFacts shop, DateTimeOffset at) => shop.Standings.IsEmpty ? decision :
        decision.Customer.FollowUps.Where(f => f.Value.IsRunning).Aggregate(decision, (sofar, f) => Decide(sofar, f.Key, shop, at));

    private static Decision Decide(Decision decision, FollowUpId id, ShopFacts shop, DateTimeOffset at)
    {
        while (decision.Customer.FollowUps[id] is { IsRunning: true } followUp && Turn(followUp, shop) is { } turn)
        {
            decision = EndOf(followUp, shop) is { } reason
                ? End(decision, id, reason, Evidence(reason), turn.To is null ? "cadence-archived" : "cadence-published", shop, at)
                : Migrate(decision, id, followUp, turn.To!.Value, shop, at);
        }

        return decision;
    }

    private static Decision Migrate(Decision decision, FollowUpId id, FollowUp followUp, int version, ShopFacts shop, DateTimeOffset at)
    {
        if (followUp.CadenceIn(shop) is not { } from || shop.Cadence(followUp.Cadence, version) is not { } to)
            return End(decision, id, Reason.NotPlaced, $"version {followUp.Version} or {version} is missing", "cadence-published", shop, at);
        if (from.Steps.All(s => followUp.StepOf(s.Id).IsOver))
            return decision.Then(new FollowUpEnded(id, null, null, at));
        if (!CanMigrate(followUp, from, to))
            return End(decision, id, Reason.NotPlaced, $"no step that was open in version {from.Version} is in version {to.Version}", "cadence-published", shop, at);

        var left = Leave(decision, id, step => !Has(to, step), Reason.NotPlaced, $"not in version {to.Version}", shop, at);
        var migrated = left.Then(new FollowUpMigrated(id, from.Version, to.Version, at));

        // What the other version has besides is not made up for; a wait-for or a branch is, where it leads to what was there before.
        Check[] checks = [new("cadence", Passed: false, $"not in version {from.Version}, and due before the follow-up went over")];
        return migrated.ThenEach(StepContext.OfFollowUp(migrated.Customer, shop, at, id, to), (_, context) =>
            !Has(from, context.Step.Id) && context.State.IsOpen && context.Due <= at && !LeadsToKnown(context.Step)
                ? new StepSkipped(id, context.Step.Id, Reason.NotPlaced, context.Due, checks, at)
                : null);

        bool LeadsToKnown(Step step) => !step.Sends && to.Steps.Any(s => Has(from, s.Id) && CadencePaths.Follows(to, s, step.Id));
    }

    private static Decision End(Decision decision, FollowUpId id, Reason reason, string why, string on, ShopFacts shop, DateTimeOffset at) =>
        Leave(decision, id, _ => true, reason, why, shop, at).Then(new FollowUpEnded(id, reason, on, at));

    // What a sender already has cannot be taken back.
    private static Decision Leave(Decision decision, FollowUpId id, Func<string, bool> step, Reason reason, string why, ShopFacts shop, DateTimeOffset at)
    {
        Check[] checks = [new("cadence", Passed: false, why)];
        var skipped = decision.Customer.FollowUps[id].CadenceIn(shop) is not { } cadence ? decision
            : decision.ThenEach(StepContext.OfFollowUp(decision.Customer, shop, at, id, cadence), (_, context) => context.State.IsOpen && step(context.Step.Id)
                ? new StepSkipped(id, context.Step.Id, reason, context.Due, checks, at)
                : null);
        var withdrawn = skipped.ThenEach(
            skipped.Customer.Messages.Where(m => m.Value.FollowUp == id && m.Value.Status == MessageStatus.Queued && step(m.Value.Step)),
            (_, m) => (ICustomerEvent?)new MessageWithdrawn(id, m.Value.Step, m.Key, reason, Final: true, Until: null, TimeSpan.Zero, checks, at));
        return FollowUpDecisions.AskAgain(withdrawn, shop, at);
    }

    private static bool Has(CadenceDocument document, string step) => document.Steps.Any(s => s.Id == step);
}
