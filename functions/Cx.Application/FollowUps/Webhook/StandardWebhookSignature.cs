using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Application.FollowUps.Webhook;

/// <summary>Signs as Standard Webhooks says: <c>v1,base64(HMAC-SHA256(key, id.timestamp.body))</c>.</summary>
public static class StandardWebhookSignature
{
    private const string Prefix = "whsec_";

    /// <summary>The key behind <c>whsec_…</c>; null when the text is not one (base64 of 24 to 64 bytes).</summary>
    public static byte[]? Key(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Prefix.Length..], key, out var length) && length is >= 24 and <= 64 ? key[..length] : null;
    }

    public static string Sign(ReadOnlySpan<byte> key, string id, DateTimeOffset timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp.ToUnixTimeSeconds()}.")), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
    }
}
