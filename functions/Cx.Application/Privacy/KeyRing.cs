using Cx.Domain;
using Cx.Domain.Privacy;

namespace Cx.Application.Privacy;

/// <summary>
/// The key of a customer beside those of the customers that are or were linked to it: what is new is sealed under the customer's own, and what was sealed
/// under any of them opens. Not for two threads at once.
/// </summary>
public sealed class KeyRing : IDisposable
{
    private readonly CustomerKey own;
    private readonly List<Sealer> sealers;

    public KeyRing(CustomerKey own, params IReadOnlyList<CustomerKey> others)
    {
        this.own = own;
        sealers = [new(own), .. others.Select(key => new Sealer(key))];
        foreach (var key in others)
        {
            key.Dispose();
        }
    }

    /// <summary>Has the form of the domain's <see cref="Domain.Privacy.Seal"/>.</summary>
    public Personal? Seal(Personal? value) => sealers[0].Seal(value);

    /// <exception cref="SealBrokenException">Sealed under none of the keys, or altered.</exception>
    public string Open(Personal value)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return sealers[i].Open(value);
            }
            catch (SealBrokenException) when (i < sealers.Count - 1)
            {
                // Sealed under the key of another of the linked customers.
            }
        }
    }

    /// <summary>The customer's own key, as its row keeps it.</summary>
    public Wrapped Wrap(InstallationKeys keys, ShopId shop, CustomerId customer) => own.Wrap(keys, shop, customer);

    public void Dispose()
    {
        sealers.ForEach(sealer => sealer.Dispose());
        own.Dispose();
    }
}
