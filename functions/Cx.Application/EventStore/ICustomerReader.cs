using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;

namespace Cx.Application.EventStore;

/// <summary>Opens one customer for those who may read what is sealed: the sender, and an authorised reader.</summary>
public interface ICustomerReader
{
    /// <summary>The customer as the log left it, or the one it is linked to; none when the shop has no such customer.</summary>
    /// <param name="reads">What of the customer's state is read.</param>
    /// <param name="readsBarred">Whether it is also read what stands against the customer's addresses.</param>
    Task<OpenCustomer?> Open(ShopId shop, CustomerId customer, StateQuery reads, CancellationToken ct, bool readsBarred = false);
}

/// <summary>A customer's state beside the keys that open what is sealed in it. Not for two threads at once.</summary>
/// <param name="by">The linked customer by whose id it was opened.</param>
/// <param name="keys">None once the customer is erased.</param>
public sealed class OpenCustomer(Customer customer, CustomerId by, ShopFacts shop, KeyRing? keys) : IDisposable
{
    public Customer Customer { get; } = customer;

    /// <summary>The customer by whose id it was opened: itself, or one of its members.</summary>
    public CustomerId By { get; } = by;

    public ShopFacts Shop { get; } = shop;

    /// <summary>What stands against the customer's addresses; nothing where it was not read.</summary>
    internal (KnownBars Bars, IReadOnlyList<ReceivedMessage> Received) Against { get; init; } = (KnownBars.None, []);

    /// <summary>What a decision about the customer is given, of one that records nothing.</summary>
    public DecisionContext Context(DateTimeOffset at) => new(Shop, at, "", value => value, [], [])
    {
        Barred = Against.Bars.Barred,
        Refused = Against.Bars.Refused,
        Received = Against.Received,
    };

    /// <summary>The clear value; none when there is none, or when the key is gone.</summary>
    /// <exception cref="SealBrokenException">Not a seal of this customer.</exception>
    public string? Read(Personal? value) => value is null ? null : keys?.Open(value);

    /// <summary>A text under the key of the customer by whose id it was opened; none when the key is gone.</summary>
    public string? Seal(string text) => keys?.Seal(Personal.Clear(text))?.Value;

    /// <summary>Another state of the same customer beside the same keys, which end with this one.</summary>
    public OpenCustomer With(Customer state) => new(state, By, Shop, keys) { Against = Against };

    public void Dispose() => keys?.Dispose();
}
