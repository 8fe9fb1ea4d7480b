using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Functions.Store;
using Following = Cx.Domain.FollowUps.FollowUps;

namespace Cx.Functions.FollowUps.Waking;

/// <summary>
/// Looks at customers whose due instant has come. Offers are looked up outside the transaction that holds the customers, and decided in one of
/// their own: until then the customer stays due, so a crash in between forgets nothing.
/// </summary>
public sealed class Waker(IEventStore store, IOfferSource offers, TimeProvider clock, ILogger<Waker> log)
{
    private const int BatchSize = 100;

    private static readonly Command Woken = new("wake", "wake", "clock");

    /// <summary>Wakes everybody who is due now.</summary>
    /// <returns>How many were looked at.</returns>
    public async Task<int> WakeDue(CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        for (var total = 0; ;)
        {
            // By customer, because a batch that meets a conflict is decided again.
            var wanting = new Dictionary<(ShopId Shop, CustomerId Id), Customer>();
            var woken = await store.Wake(at, BatchSize, Decide(wanting), ct);
            foreach (var ((shop, id), customer) in wanting)
            {
                await Offer(shop, id, customer, ct);
            }

            total += woken;
            if (woken < BatchSize)
            {
                return total;
            }
        }
    }

    /// <summary>Wakes one customer, due or not.</summary>
    /// <exception cref="UnknownCustomer">The shop has no such customer.</exception>
    public async Task WakeCustomer(ShopId shop, CustomerId id, CancellationToken ct)
    {
        var wanting = new Dictionary<(ShopId, CustomerId), Customer>();
        await store.Transact(shop, new Who.Known(id), Woken, Decide(wanting), ct);
        foreach (var customer in wanting.Values)
        {
            await DecideOffers(shop, id, customer, ct);
        }
    }

    private static Decide Decide(Dictionary<(ShopId, CustomerId), Customer> wanting) => (customer, s) =>
    {
        if (Following.WantsOffers(customer, s))
        {
            wanting[(s.Shop.Id, customer.Id)] = customer;
        }
        else
        {
            wanting.Remove((s.Shop.Id, customer.Id));
        }

        return Following.Wake(customer, s, OfferChoice.NotLookedUp);
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
        var found = new OfferChoice(await offers.For(shop, customer, ct));
        await store.Transact(shop, new Who.Known(id), Woken, (c, s) => Following.Wake(c, s, found), ct);
    }
}
