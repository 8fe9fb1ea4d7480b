using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;

namespace Cx.Application.FollowUps.Scheduling;

/// <summary>
/// Looks at customers whose due instant has come. Offers are looked up outside the transaction that holds the customers, and decided in one of
/// their own: until then the customer stays due, so a crash in between forgets nothing.
/// </summary>
public sealed class Waker(IEventStore store, OfferLookup offers, TimeProvider clock, ILogger<Waker> log)
{
    private const int BatchSize = 100;

    private static readonly Command Woken = new("wake", "wake", "clock");

    /// <summary>Wakes everybody who is due now.</summary>
    /// <returns>How many were looked at.</returns>
    public Task<int> WakeDue(CancellationToken ct) => WakeDue(TimeSpan.Zero, (_, _) => Task.CompletedTask, ct);

    /// <summary>Wakes everybody who has been due for a while.</summary>
    /// <param name="grace">How long: nothing, or what another way of waking is given before.</param>
    /// <param name="woken">Told who was looked at, some at a time.</param>
    /// <returns>How many were looked at.</returns>
    public async Task<int> WakeDue(TimeSpan grace, Func<IReadOnlyCollection<(ShopId Shop, CustomerId Id)>, CancellationToken, Task> woken, CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        for (var total = 0; ;)
        {
            // By customer, because a batch that meets a conflict is decided again.
            var looked = new Dictionary<(ShopId Shop, CustomerId Id), Customer?>();
            var count = await store.Wake(at, grace, BatchSize, Decide(looked), ct);
            foreach (var ((shop, id), customer) in looked)
            {
                if (customer is not null)
                    await Offer(shop, id, customer, ct);
            }

            await woken(looked.Keys, ct);
            total += count;
            if (count < BatchSize)
            {
                return total;
            }
        }
    }

    /// <summary>Wakes one customer, due or not.</summary>
    /// <exception cref="UnknownCustomerException">The shop has no such customer.</exception>
    public async Task WakeCustomer(ShopId shop, CustomerId id, CancellationToken ct)
    {
        var looked = new Dictionary<(ShopId, CustomerId), Customer?>();
        await store.Transact(shop, new CustomerRef.ById(id), Woken, Decide(looked), ct);
        foreach (var customer in looked.Values)
        {
            if (customer is not null)
                await DecideOffers(shop, id, customer, ct);
        }
    }

    // Notes who was looked at; the customer only where offers have to be looked up.
    private static Decide Decide(Dictionary<(ShopId, CustomerId), Customer?> looked) => (customer, s) =>
    {
        looked[(s.Shop.Id, customer.Id)] = FollowUpDecisions.WantsOffers(customer, s) ? customer : null;
        return FollowUpDecisions.Wake(customer, s, OfferChoice.NotLookedUp);
    };

    // One customer whose offers cannot be looked up now is due again soon, and holds up nobody.
    private async Task Offer(ShopId shop, CustomerId id, Customer customer, CancellationToken ct)
    {
        try
        {
            await DecideOffers(shop, id, customer, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "Offers for customer {Customer} of {Shop} could not be decided.", id, shop);
        }
    }

    private async Task DecideOffers(ShopId shop, CustomerId id, Customer customer, CancellationToken ct)
    {
        var found = new OfferChoice(await offers(shop, customer, ct));
        await store.Transact(shop, new CustomerRef.ById(id), Woken, (c, s) => FollowUpDecisions.Wake(c, s, found), ct);
    }
}
