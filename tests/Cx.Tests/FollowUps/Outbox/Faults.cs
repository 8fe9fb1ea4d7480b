using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Domain;

namespace Cx.Tests.FollowUps.Outbox;

/// <summary>The real store with a fault injected around its transactions.</summary>
internal sealed class StoreAround(IEventStore inner, Func<Command, Func<Task<Outcome>>, Task<Outcome>> around) : IEventStore
{
    public Task<Outcome> Transact(ShopId shop, CustomerRef who, Command command, Decide decide, CancellationToken ct) => around(command, () => inner.Transact(shop, who, command, decide, ct));

    public Task<TransactResult> RecordDelivery(ShopId shop, Delivery delivery, CancellationToken ct) => inner.RecordDelivery(shop, delivery, ct);

    public Task<WakeResult> Wake(DateTimeOffset at, TimeSpan grace, int atMost, Decide decide, CancellationToken ct) => inner.Wake(at, grace, atMost, decide, ct);

    public IAsyncEnumerable<Recorded> Read(ShopId shop, IReadOnlyList<string> streams, AsOf asOf, CancellationToken ct) => inner.Read(shop, streams, asOf, ct);

    public IAsyncEnumerable<Recorded> ReadCustomer(ShopId shop, IReadOnlyList<CustomerId> ids, AsOf asOf, CancellationToken ct) => inner.ReadCustomer(shop, ids, asOf, ct);

    public Task<LinkOutcome> Link(ShopId shop, CustomerId one, CustomerId other, DateTimeOffset occurredAt, Command command, CancellationToken ct) =>
        inner.Link(shop, one, other, occurredAt, command, ct);

    public Task<LinkOutcome> Unlink(ShopId shop, CustomerId customer, CustomerId leaving, Command command, CancellationToken ct) => inner.Unlink(shop, customer, leaving, command, ct);

    public Task<Updated<T>> Update<T>(ShopId shop, string stream, Func<T?, IReadOnlyList<IEvent>> decide, CancellationToken ct) where T : class =>
        inner.Update(shop, stream, decide, ct);
}

/// <summary>A real sender with a fault injected around it.</summary>
internal sealed class SenderAround(ISender inner, Func<Func<Task<SendResult>>, Task<SendResult>> around) : ISender
{
    public string Name => inner.Name;

    public bool Deduplicates => inner.Deduplicates;

    public Task<SendResult> Send(EmailMessage email, string idempotencyKey, CancellationToken ct) => around(() => inner.Send(email, idempotencyKey, ct));
}
