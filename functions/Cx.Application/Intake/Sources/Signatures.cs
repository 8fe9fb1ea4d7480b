using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Application.Intake.Sources;

/// <summary>HMAC-SHA256 over the exact bytes that arrived, compared in constant time: every secret is tried, also after a match.</summary>
internal static class Signatures
{
    private const int Size = HMACSHA256.HashSizeInBytes;

    /// <summary>Whether one of the keys signed the prefix followed by the body with one of the given signatures.</summary>
    public static bool IsSigned(IEnumerable<byte[]> keys, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, params IReadOnlyList<byte[]> given)
    {
        Span<byte> expected = stackalloc byte[Size];
        var found = false;
        foreach (var key in keys)
        {
            Sign(key, prefix, body, expected);
            foreach (var signature in given)
                found |= CryptographicOperations.FixedTimeEquals(expected, signature);
        }

        return found;
    }

    /// <summary>A signature in canonical base64, exactly 32 bytes; null for anything else.</summary>
    public static byte[]? FromBase64(string text) => CanonicalBase64(text) is { Length: Size } bytes ? bytes : null;

    /// <summary>Base64 with padding, without white space and without stray bits; null for anything else.</summary>
    public static byte[]? CanonicalBase64(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Convert.TryFromBase64Chars(text, bytes, out var written) && text.SequenceEqual(Convert.ToBase64String(bytes, 0, written))
            ? bytes[..written]
            : null;
    }

    /// <summary>The UTF-8 bytes of the secrets as keys.</summary>
    public static IEnumerable<byte[]> AsWritten(IEnumerable<string> secrets) => secrets.Where(s => s.Length > 0).Select(Encoding.UTF8.GetBytes);

    /// <summary>Why a text cannot be a secret that is used as written; null when it can.</summary>
    public static string? RefuseWritten(string secret) =>
        string.IsNullOrWhiteSpace(secret) ? "The secret is empty."
        : secret.Length > 256 ? "The secret is longer than 256 characters."
        : secret.Trim().Length != secret.Length || secret.Any(char.IsControl) ? "The secret has white space around it or control characters in it."
        : null;

    private static void Sign(byte[] key, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> body, Span<byte> signature)
    {
        if (prefix.IsEmpty)
        {
            HMACSHA256.HashData(key, body, signature);
            return;
        }

        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(prefix);
        hmac.AppendData(body);
        hmac.GetHashAndReset(signature);
    }
}
