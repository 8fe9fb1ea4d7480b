using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Scheduling;

/// <summary>Where a wake looks up what may be offered to a customer: products, best first, each with its reason; empty when there are none.</summary>
public delegate Task<IReadOnlyList<OfferedProduct>> OfferLookup(ShopId shop, Customer customer, CancellationToken ct);

/// <summary>
/// Wakes customers whose due instant has come. Offers are looked up outside the transaction that holds the customers, and decided in one of
/// their own: until then the customer stays due, so a crash in between forgets nothing.
/// </summary>
public sealed class Waker(IEventStore store, ICustomerReader customers, OfferLookup offers, WakeHeartbeat heartbeat, TimeProvider clock, ILogger<Waker> log)
{
    private const int BatchSize = 100;

    private static readonly Command Wake = new("wake", "wake", "clock") { Reads = StateQuery.Open, ReadsBarred = true };

    /// <summary>Wakes everybody who is due now.</summary>
    /// <returns>How many were due.</returns>
    public Task<int> WakeDue(CancellationToken ct) => WakeDue(TimeSpan.Zero, _ => { }, ct);

    /// <summary>Wakes everybody who has been due for a while.</summary>
    /// <param name="grace">How long: nothing, or what another way of waking is given before.</param>
    /// <param name="woken">Called after each batch with the customers who were woken; for two batches at once.</param>
    /// <returns>How many were due.</returns>
    public async Task<int> WakeDue(TimeSpan grace, Action<IReadOnlyCollection<(ShopId Shop, CustomerId Id)>> woken, CancellationToken ct)
    {
        await heartbeat.Beat(ct);
        var at = clock.GetUtcNow();
        var first = await WakeBatch(at, grace, woken, ct);
        return first < BatchSize ? first : first + (await Task.WhenAll(WakeRest(), WakeRest())).Sum();

        // Two at a time: while one batch waits for the database, the other one decides.
        async Task<int> WakeRest()
        {
            for (var total = 0; ;)
            {
                var due = await WakeBatch(at, grace, woken, ct);
                total += due;
                if (due < BatchSize)
                {
                    return total;
                }
            }
        }
    }

    private async Task<int> WakeBatch(DateTimeOffset at, TimeSpan grace, Action<IReadOnlyCollection<(ShopId Shop, CustomerId Id)>> woken, CancellationToken ct)
    {
        var batch = await store.Wake(at, grace, BatchSize, DecideWithoutOffers, ct);
        foreach (var (shop, customer) in batch.Woken)
        {
            await TryDecideOffers(shop, customer, at, ct);
        }

        woken([.. batch.Woken.Select(w => (w.Shop.Id, w.Customer.Id))]);
        return batch.Due;
    }

    /// <summary>Wakes one customer, due or not.</summary>
    /// <exception cref="UnknownCustomerException">The shop has no such customer.</exception>
    public async Task WakeCustomer(ShopId shop, CustomerId id, CancellationToken ct)
    {
        await heartbeat.Beat(ct);
        var at = clock.GetUtcNow();
        await store.Transact(shop, new CustomerRef.ById(id), Wake, DecideWithoutOffers, ct);
        using var woken = await customers.Open(shop, id, StateQuery.Open, ct) ?? throw new UnknownCustomerException(shop, id);
        await DecideOffers(woken.Shop, woken.Customer, at, ct);
    }

    private static IReadOnlyList<ICustomerEvent> DecideWithoutOffers(Customer customer, DecisionContext s) =>
        FollowUpDecisions.Wake(customer, s, OfferChoice.NotLookedUp);

    // A customer whose offers cannot be looked up now stays due, and the others of the batch are not held up.
    private async Task TryDecideOffers(ShopFacts shop, Customer customer, DateTimeOffset at, CancellationToken ct)
    {
        try
        {
            await DecideOffers(shop, customer, at, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogError(e, "Offers for customer {Customer} of {Shop} could not be decided; retrying.", customer.Id, shop.Id);
        }
    }

    private async Task DecideOffers(ShopFacts shop, Customer customer, DateTimeOffset at, CancellationToken ct)
    {
        if (!FollowUpDecisions.WantsOffers(customer, shop, at))
        {
            return;
        }

        // Offers depend on all that the customer ever bought.
        using var whole = await customers.Open(shop.Id, customer.Id, StateQuery.Everything, ct) ?? throw new UnknownCustomerException(shop.Id, customer.Id);
        var found = new OfferChoice(await offers(shop.Id, whole.Customer, ct));
        await store.Transact(shop.Id, new CustomerRef.ById(customer.Id), Wake, (c, s) => FollowUpDecisions.Wake(c, s, found), ct);
    }
}

/// <summary>Wakes due customers twice a second while the process runs.</summary>
public sealed class WakingWorker(Waker waker, ILogger<WakingWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Interval);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await waker.WakeDue(stoppingToken);
                await ticks.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                log.LogError(e, "Waking due customers failed; retrying.");
                await ticks.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
