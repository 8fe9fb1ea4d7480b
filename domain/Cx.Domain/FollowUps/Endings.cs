using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps;

/// <summary>How follow-ups and their steps come to an end other than by a message.</summary>
internal static class Endings
{
    /// <summary>Ends at once what exits, a goal or an erasure ended, queued messages included; what a sender already has cannot be taken back.</summary>
    internal static void EndAtOnce(Ledger ledger, ShopFacts shop, DateTimeOffset at)
    {
        foreach (var context in StepContext.AtAll(ledger.Customer, shop, at).ToList())
        {
            if (context.State.IsOpen && Policy.EndOfOpenStep(context) is { } end)
                ledger.Add(new StepSkipped(context.Id, context.Step.Id, end.Reason!.Value, context.Due, [end.Check], at));
        }

        foreach (var (id, message) in ledger.Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued))
        {
            if (StepContext.OfMessage(ledger.Customer, shop, at, id) is { } context && Policy.EndOfQueuedMessage(context) is { } end)
                ledger.Add(new MessageWithdrawn(message.FollowUp, message.Step, id, end.Reason!.Value, Final: true, Until: null, TimeSpan.Zero, [end.Check], at));
        }

        foreach (var (id, followUp) in ledger.Customer.FollowUps.Where(f => f.Value.IsRunning))
        {
            if (ledger.Customer.IsErased)
                ledger.Add(new FollowUpEnded(id, Reason.Erased, "customer-erased", at));
            else if (Schedule.CadenceOf(followUp, shop)?.Exits.FirstOrDefault(e => e.EndsAll && SubjectFacts.When(e, ledger.Customer, followUp) is not null) is { } exit)
                ledger.Add(new FollowUpEnded(id, SubjectPolicies.ReasonOf(exit), exit.On, at));
        }
    }

    /// <summary>Skips steps that can never be due, and ends follow-ups in which nothing can happen any more.</summary>
    internal static void Close(Ledger ledger, ShopFacts shop, DateTimeOffset at)
    {
        foreach (var (id, followUp) in ledger.Customer.FollowUps.Where(f => f.Value.IsRunning))
        {
            if (Schedule.CadenceOf(followUp, shop) is not { } cadence)
            {
                ledger.Add(new FollowUpEnded(id, Reason.NotApplicable, "cadence-removed", at));
                continue;
            }

            // In the cadence's order: a step given up takes with it the one that counts from it.
            var zone = CustomerZone.Of(ledger.Customer, shop);
            foreach (var step in cadence.Steps)
            {
                var context = new StepContext(ledger.Customer, shop, at, id, ledger.Customer.FollowUps[id], cadence, step, zone);
                if (context.State.IsOpen && Schedule.UnreachableReason(context) is { } why)
                    ledger.Add(new StepSkipped(id, step.Id, Reason.NotApplicable, null, [new("due", Passed: false, why)], at));
            }

            if (cadence.Steps.All(s => ledger.Customer.FollowUps[id].StepOf(s.Id).IsOver))
                ledger.Add(new FollowUpEnded(id, null, null, at));
        }
    }
}
