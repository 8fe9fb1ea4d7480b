using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;

namespace Cx.Domain.FollowUps;

/// <summary>What a person may want of a step. The names are part of the API, and stored.</summary>
public enum StepControl { Skip, Postpone, Send, Never }

/// <summary>A person controlled a step, or with it the whole follow-up.</summary>
public interface IStepControlEvent : IFollowUpEvent
{
    string Step { get; }

    /// <summary>The id of the key, or <c>installation</c>; never a person.</summary>
    string By { get; }

    /// <summary>Why, in the person's words.</summary>
    Personal? Note { get; }
}

/// <summary>A step will not happen, because a person said so; no fact takes that back.</summary>
public sealed record StepSkippedByPerson(FollowUpId FollowUp, string Step, string By, Personal? Note, DateTimeOffset OccurredAt) : IStepControlEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Note = seal(Note) };
}

/// <summary>A step is due at an instant at the earliest.</summary>
public sealed record StepPostponed(FollowUpId FollowUp, string Step, DateTimeOffset Until, string By, Personal? Note, DateTimeOffset OccurredAt) : IStepControlEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Note = seal(Note) };
}

/// <summary>A step is due at once; caps, spacing, windows and quiet hours do not hold it for a while.</summary>
public sealed record StepSendRequested(FollowUpId FollowUp, string Step, string By, Personal? Note, DateTimeOffset OccurredAt) : IStepControlEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Note = seal(Note) };
}

/// <summary>Nothing of a follow-up that did not go out yet will, because a person said so at one of its steps; no fact takes that back.</summary>
public sealed record FollowUpStopped(FollowUpId FollowUp, string Step, string By, Personal? Note, DateTimeOffset OccurredAt) : IStepControlEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Note = seal(Note) };
}

/// <summary>What a person last wanted of a step, or of its follow-up.</summary>
/// <param name="By">The id of the key, or <c>installation</c>.</param>
/// <param name="Until">Postponed: until when.</param>
public sealed record PersonDecision(StepControl Control, string By, DateTimeOffset At, DateTimeOffset? Until = null)
{
    /// <summary>
    /// How long a request to send waives what it waives. Ours: who says "now" does not mean the night after, where something else holds the step until then.
    /// </summary>
    public static readonly TimeSpan SendNowFor = TimeSpan.FromHours(1);

    internal string Evidence => $"by key {By} on {Finding.Utc(At)}";
}

/// <summary>What a person wants of a step.</summary>
/// <param name="Until">When it is due again; to postpone only.</param>
/// <param name="By">The id of the key, or <c>installation</c>.</param>
/// <param name="Note">Why, in the clear.</param>
public sealed record StepCommand(StepControl Control, FollowUpId FollowUp, string Step, DateTimeOffset? Until, string By, Personal? Note);

/// <summary>Decides what a person wants of one step: skip it, postpone it, send it now, or never send anything of its follow-up.</summary>
public static class StepControls
{
    /// <summary>How far ahead a step may be postponed. Ours: whoever wants it later wants it never.</summary>
    public static readonly TimeSpan LongestPostponement = TimeSpan.FromDays(366);

    /// <summary>No event where the same was decided before.</summary>
    /// <exception cref="RuleBrokenException">
    /// <c>unknown-follow-up</c>; <c>step-sent</c>, <c>step-with-sender</c> or <c>step-over</c>: nothing can be changed any more; <c>follow-up-ended</c>.
    /// </exception>
    public static IReadOnlyList<ICustomerEvent> Decide(Customer customer, DecisionContext s, StepCommand c)
    {
        if (customer.IsErased)
            return [];

        var followUp = customer.FollowUps.GetValueOrDefault(c.FollowUp) ?? throw new RuleBrokenException("unknown-follow-up", "The customer has no such follow-up.");
        var state = followUp.StepOf(c.Step);
        if (IsKnown(followUp, state, c, s.At))
            return [];

        Check(customer, followUp, state, c);
        var (note, about) = (s.Seal(c.Note), Decision.About(customer));
        var decided = c.Control switch
        {
            StepControl.Skip => Withdraw(
                about.Then(new StepSkippedByPerson(c.FollowUp, c.Step, c.By, note, s.At)), c, s, step => step == c.Step, Reason.SkippedByPerson, until: null),
            StepControl.Postpone => Withdraw(
                about.Then(new StepPostponed(c.FollowUp, c.Step, c.Until!.Value, c.By, note, s.At)), c, s, step => step == c.Step, Reason.Postponed, c.Until),
            StepControl.Send => about.Then(new StepSendRequested(c.FollowUp, c.Step, c.By, note, s.At)),
            _ => Stop(about.Then(new FollowUpStopped(c.FollowUp, c.Step, c.By, note, s.At)), c, s),
        };
        return FollowUpDecisions.Close(FollowUpDecisions.AskAgain(decided, s.Shop, s.At), s.Shop, s.At).Events;
    }

    private static bool IsKnown(FollowUp followUp, StepState state, StepCommand c, DateTimeOffset at) => c.Control switch
    {
        StepControl.Never => followUp.Stopped is not null,
        StepControl.Skip => state is { Status: StepStatus.Skipped, Reason: Reason.SkippedByPerson or Reason.StoppedByPerson },
        StepControl.Postpone => state is { IsOpen: true, Person.Control: StepControl.Postpone } && state.Person.Until == c.Until,
        _ => !state.IsOver && state.Person is { Control: StepControl.Send } known && at - known.At <= PersonDecision.SendNowFor,
    };

    private static void Check(Customer customer, FollowUp followUp, StepState state, StepCommand c)
    {
        if (state.Status == StepStatus.Sent)
            throw new RuleBrokenException("step-sent", $"The step's message was sent on {Finding.Utc(state.SentAt!.Value)}: that cannot be changed any more.");
        if (state.Status == StepStatus.Queued && !(state.Message is { } message && customer.Messages.GetValueOrDefault(message) is { Status: MessageStatus.Queued }))
            throw new RuleBrokenException("step-with-sender", "The step's message is with a sender already, and may have arrived: it cannot be taken back.");
        if (c.Control == StepControl.Never)
            return;
        if (state.IsOver)
            throw new RuleBrokenException("step-over", $"The step is over: {JsonNaming.Kebab(state.Status)}{(state.Reason is { } reason ? $", {JsonNaming.Kebab(reason)}" : "")}.");
        if (!followUp.IsRunning && state.IsOpen)
            throw new RuleBrokenException("follow-up-ended", $"The follow-up ended on {Finding.Utc(followUp.EndedAt!.Value)}.");
    }

    // What a sender already has cannot be taken back.
    private static Decision Stop(Decision decision, StepCommand c, DecisionContext s)
    {
        var followUp = decision.Customer.FollowUps[c.FollowUp];
        Check[] checks = [new("person", Passed: false, $"stopped {followUp.Stopped!.Evidence}")];
        var skipped = !followUp.IsRunning || followUp.CadenceIn(s.Shop) is not { } cadence ? decision
            : decision.ThenEach(StepContext.OfFollowUp(decision.Customer, s.Shop, s.At, c.FollowUp, cadence), (_, context) => context.State.IsOpen
                ? new StepSkipped(c.FollowUp, context.Step.Id, Reason.StoppedByPerson, context.Due, checks, s.At)
                : null);
        var withdrawn = Withdraw(skipped, c, s, _ => true, Reason.StoppedByPerson, until: null);
        return followUp.IsRunning ? withdrawn.Then(new FollowUpEnded(c.FollowUp, Reason.StoppedByPerson, "follow-up-stopped", s.At)) : withdrawn;
    }

    private static Decision Withdraw(Decision decision, StepCommand c, DecisionContext s, Func<string, bool> step, Reason reason, DateTimeOffset? until)
    {
        Check[] checks = [new("person", Passed: false, $"{JsonNaming.Kebab(reason)}, by key {c.By} on {Finding.Utc(s.At)}")];
        return decision.ThenEach(
            decision.Customer.Messages.Where(m => m.Value.FollowUp == c.FollowUp && m.Value.Status == MessageStatus.Queued && step(m.Value.Step)),
            (_, m) => (ICustomerEvent?)new MessageWithdrawn(c.FollowUp, m.Value.Step, m.Key, reason, Final: until is null, until, TimeSpan.Zero, checks, s.At));
    }
}
