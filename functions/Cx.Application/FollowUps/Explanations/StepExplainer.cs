using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>Tells a step's story from the customer's events.</summary>
internal static class StepExplainer
{
    public static StepExplanation Explain(Customer customer, ShopFacts shop, FollowUpId id, StepView step, DeliveryView? delivery, IReadOnlyList<Recorded> log)
    {
        var followUp = customer.FollowUps[id];
        var trigger = Trigger(followUp, log);
        var ofStep = log.Where(r => Concerns(r.Event, id, step.Step)).ToList();
        var decisions = ofStep.Select(DecisionView.Of).OfType<DecisionView>().ToList();
        var messages = (from r in ofStep
                        let message = r.Event switch { MessageQueued q => q.Message, IMessageEvent m => (MessageId?)m.Message, _ => null }
                        where message is not null
                        group EventView.Of(r) by message.Value into trail
                        select new MessageTrail(trail.Key, customer.Messages[trail.Key].Status, [.. trail])).ToList();
        var cadence = new CadenceView(followUp.Cadence, followUp.Version, followUp.CadenceIn(shop)?.Name);
        var shown = trigger is null ? null : EventView.Of(trigger, withData: false);
        return new(
            id, customer.Id, followUp.CorrelationId, delivery, shown, cadence, step, decisions, messages,
            [.. StepSummary.Of(followUp, delivery, shown, step, ofStep)]);
    }

    private static bool Concerns(IEvent e, FollowUpId id, string step) => e switch
    {
        IMessageEvent x => x.FollowUp == id && x.Step == step,
        MessageQueued x => x.FollowUp == id && x.Step == step,
        StepHeld x => x.FollowUp == id && x.Step == step,
        StepSkipped x => x.FollowUp == id && x.Step == step,
        _ => false,
    };

    private static Recorded? Trigger(FollowUp followUp, IReadOnlyList<Recorded> log)
    {
        var candidates = log.Where(r => r.Event is ICustomerEvent e && SubjectFacts.Of(e) is var (_, order) && order == followUp.Order && EventCatalog.ShortNameOf(e) == followUp.Trigger).ToList();
        return candidates.Find(r => r.Correlation == followUp.CorrelationId) ?? candidates.FirstOrDefault();
    }
}
