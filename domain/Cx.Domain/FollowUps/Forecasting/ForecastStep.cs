using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Forecasting;

/// <summary>What a decision will be, by the facts known now.</summary>
public enum Outlook { Send, Hold, Skip, Pass }

/// <summary>A decision of the future, by the facts known now.</summary>
/// <param name="Reason">Why it is held or skipped.</param>
/// <param name="Until">Held: until when; none: until the facts change.</param>
public sealed record ForecastDecision(DateTimeOffset At, Outlook Outlook, Reason? Reason, DateTimeOffset? Until)
{
    /// <summary>How a wait-for or a branch will be passed.</summary>
    public StepOutcome? Outcome { get; init; }

    internal IReadOnlyList<Check> Checks { get; init; } = [];
}

/// <summary>A decision of the future, and the step that it is about.</summary>
/// <param name="Channel">Of what the step sends; none where it sends nothing, or the shop no longer has the cadence.</param>
/// <param name="Order">What its follow-up is about.</param>
public sealed record ForecastStep(FollowUpId FollowUp, string Cadence, string Step, Channel? Channel, OrderId? Order, ForecastDecision Decision)
{
    /// <summary>The checks that it will pass or fail, in order.</summary>
    public IReadOnlyList<Check> Checks => Decision.Checks;

    /// <param name="after">What has been decided with the event.</param>
    internal static ForecastStep? Of(ICustomerEvent e, Decision after, ShopFacts shop) => Foreseen(e, after) is var (id, step, decision) ? About(id, step, decision, after, shop) : null;

    private static (FollowUpId FollowUp, string Step, ForecastDecision Decision)? Foreseen(ICustomerEvent e, Decision after) => e switch
    {
        // What is queued goes out at once, unless the claim finds what the decision did not.
        MessageAttempted x => (x.FollowUp, x.Step, new ForecastDecision(x.OccurredAt, Outlook.Send, null, null)
        {
            Checks = after.Events.OfType<MessageQueued>().LastOrDefault(q => q.Message == x.Message)?.Checks ?? [],
        }),
        StepHeld x => (x.FollowUp, x.Step, new ForecastDecision(x.OccurredAt, Outlook.Hold, x.Reason, x.Until) { Checks = x.Checks }),
        StepSkipped x => (x.FollowUp, x.Step, new ForecastDecision(x.OccurredAt, Outlook.Skip, x.Reason, null) { Checks = x.Checks }),
        MessageWithdrawn x => (x.FollowUp, x.Step, new ForecastDecision(x.OccurredAt, x.Final ? Outlook.Skip : Outlook.Hold, x.Reason, x.Until) { Checks = x.Checks }),
        StepPassed x => (x.FollowUp, x.Step, new ForecastDecision(x.OccurredAt, Outlook.Pass, null, null) { Outcome = x.Outcome, Checks = x.Checks }),
        _ => null,
    };

    private static ForecastStep About(FollowUpId id, string step, ForecastDecision decision, Decision after, ShopFacts shop)
    {
        var followUp = after.Customer.FollowUps[id];
        return new(id, followUp.Cadence, step, followUp.CadenceIn(shop)?.Steps.FirstOrDefault(s => s.Id == step)?.Channel, followUp.Order, decision);
    }
}
