using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using NodaTime;

namespace Cx.Domain.FollowUps;

/// <summary>One step of one follow-up, with all that a policy may see of it at an instant.</summary>
/// <param name="Zone">The customer's.</param>
public sealed record StepContext(Customer Customer, ShopFacts Shop, DateTimeOffset At, FollowUpId Id, FollowUp FollowUp, CadenceDocument Cadence, Step Step, DateTimeZone Zone)
{
    /// <summary>The message being judged again; it does not count against itself.</summary>
    public MessageId? Own { get; init; }

    /// <summary>The products to offer; none while they are not looked up.</summary>
    public IReadOnlyList<OfferedProduct>? Offers { get; init; }

    public StepState State => FollowUp.StepOf(Step.Id);

    public Step? PreviousStep => Cadence.Steps.TakeWhile(s => s != Step).LastOrDefault();

    /// <summary>When the step is due, by the facts known now; none while what it counts from is unknown.</summary>
    public DateTimeOffset? Due => Schedule.Due(this);

    /// <summary>Whether an open complaint holds the step: whatever asks something of the customer waits until the shop made good.</summary>
    public bool WaitsForComplaints => Step.Category == Category.Marketing;

    /// <summary>Every step of every running follow-up whose cadence the shop has, in a stable order.</summary>
    public static IEnumerable<StepContext> AtAll(Customer customer, ShopFacts shop, DateTimeOffset at)
    {
        DateTimeZone? zone = null;
        return from running in customer.FollowUps
               where running.Value.IsRunning
               let cadence = Schedule.CadenceOf(running.Value, shop)
               where cadence is not null
               from step in cadence.Steps
               select new StepContext(customer, shop, at, running.Key, running.Value, cadence, step, zone ??= CustomerZone.Of(customer, shop));
    }

    /// <summary>A message's step, running or not; none when the shop no longer has the cadence.</summary>
    public static StepContext? OfMessage(Customer customer, ShopFacts shop, DateTimeOffset at, MessageId id)
    {
        var message = customer.Messages[id];
        var followUp = customer.FollowUps[message.FollowUp];
        return Schedule.CadenceOf(followUp, shop) is { } cadence && cadence.Steps.FirstOrDefault(s => s.Id == message.Step) is { } step
            ? new(customer, shop, at, message.FollowUp, followUp, cadence, step, CustomerZone.Of(customer, shop)) { Own = id, Offers = message.Offers }
            : null;
    }
}
