using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain.FollowUps;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.FollowUps;

/// <summary>Wakes a follow-up's customer and tells when the follow-up wants to be looked at again. Waking once too often changes nothing.</summary>
public sealed class WakeFollowUp(Waker waker, ICustomerReader customers, TimeProvider clock)
{
    [Function(nameof(WakeFollowUp))]
    public async Task<NextLook> Run([ActivityTrigger] FollowUpTimer alarm, CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        try
        {
            await waker.WakeCustomer(alarm.Shop, alarm.Customer, ct);
        }
        catch (UnknownCustomerException)
        {
            return new(Ended: true, null);
        }

        using var open = await customers.Open(alarm.Shop, alarm.Customer, ct);
        return open?.Customer.FollowUps.GetValueOrDefault(alarm.FollowUp) is { IsRunning: true } && !open.Customer.IsErased
            ? TimerTiming.After(FollowUpDecisions.NextDue(open.Customer, open.Shop), at)
            : new(Ended: true, null);
    }
}
