using Cx.Application.Privacy.Sealing;
using Cx.Domain.Privacy;

namespace Cx.Application.Privacy;

/// <summary>Opens the personal values of one customer, for a reader who may see them. A value of a linked customer opens under that one's own key.</summary>
public sealed class Unsealer : IDisposable
{
    private readonly Sealer[] sealers;

    internal Unsealer(IReadOnlyList<CustomerKey> keys)
    {
        sealers = [.. keys.Select(k => new Sealer(k))];
        foreach (var key in keys)
        {
            key.Dispose();
        }
    }

    /// <summary>The clear text; none when there is no value, or when its key was destroyed.</summary>
    public string? Text(Personal? value)
    {
        foreach (var sealer in value is null ? [] : sealers)
        {
            try
            {
                return sealer.Open(value!);
            }
            catch (SealBrokenException) when (sealer != sealers[^1])
            {
                // Sealed under the key of another of the linked customers.
            }
        }

        return null;
    }

    /// <summary>The same as a clear value. Has the form of the domain's <see cref="Seal"/>, so that an event opens its own values with it.</summary>
    public Personal? Open(Personal? value) => Personal.Clear(Text(value));

    public void Dispose()
    {
        foreach (var sealer in sealers)
        {
            sealer.Dispose();
        }
    }
}
