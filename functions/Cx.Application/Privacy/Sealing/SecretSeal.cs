using System.Security.Cryptography;
using System.Text;
using Cx.Domain;

namespace Cx.Application.Privacy.Sealing;

/// <summary>Keeps the webhook secret of a shop's source encrypted, bound to that shop and source.</summary>
public static class SecretSeal
{
    private static ReadOnlySpan<byte> Label => "source-secret"u8;

    public static Wrapped Seal(InstallationKeys keys, ShopId shop, string source, string secret)
    {
        var clear = Encoding.UTF8.GetBytes(secret);
        try
        {
            return Wrapping.Close(keys, Label, shop, source, clear);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <summary>The same secret under the current version of the wrapping key; for <see cref="Rewrapping"/>.</summary>
    /// <exception cref="SealBrokenException">As <see cref="Open"/>.</exception>
    public static Wrapped Rewrap(InstallationKeys keys, ShopId shop, string source, Wrapped old) => Seal(keys, shop, source, Open(keys, shop, source, old));

    /// <exception cref="SealBrokenException">The row was altered or belongs to another source, or the wrapping key is another one.</exception>
    /// <exception cref="UnknownKeyVersionException">The wrapping key of that version was not given.</exception>
    public static string Open(InstallationKeys keys, ShopId shop, string source, Wrapped sealedSecret)
    {
        var clear = Wrapping.Open(keys, Label, shop, source, sealedSecret.Version, sealedSecret.Bytes, "A source's secret");
        try
        {
            return Encoding.UTF8.GetString(clear);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }
}
