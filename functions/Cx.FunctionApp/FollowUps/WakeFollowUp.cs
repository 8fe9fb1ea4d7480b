using System.Diagnostics;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Application.Observability;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Microsoft.Azure.Functions.Worker;

namespace Cx.FunctionApp.FollowUps;

/// <summary>Wakes a follow-up's customer and says when to wake them again. A superfluous wake changes nothing.</summary>
public sealed class WakeFollowUp(Waker waker, ICustomerReader customers, TimeProvider clock)
{
    [Function(nameof(WakeFollowUp))]
    public async Task<NextWake> Run([ActivityTrigger] FollowUpTimer timer, CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        using var span = Instruments.Start("wake follow-up", ActivityKind.Consumer, timer.Origin, at);
        try
        {
            await waker.WakeCustomer(timer.Shop, timer.Customer, ct);
        }
        catch (Exception e) when (e is UnknownCustomerException or UnknownShopException)
        {
            return new(Ended: true, null);
        }

        using var open = await customers.Open(timer.Shop, timer.Customer, StateQuery.Open, ct);
        return open?.Customer.FollowUps.GetValueOrDefault(timer.FollowUp) is { IsRunning: true } && !open.Customer.IsErased
            ? WakeTiming.After(FollowUpDecisions.NextDue(open.Customer, open.Shop), at) with { Step = FollowUpDecisions.NextStep(open.Customer, open.Shop, timer.FollowUp) }
            : new(Ended: true, null);
    }
}
