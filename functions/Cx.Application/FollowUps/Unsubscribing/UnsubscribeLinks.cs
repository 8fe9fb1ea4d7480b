using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Unsubscribing;

/// <summary>What an unsubscribe link is about. Ids and a keyed hash only: the token travels through mail systems and logs.</summary>
/// <param name="Address">The hash of the address that the mail went to; none in links of before it was kept.</param>
public sealed record UnsubscribeScope(string Shop, string Customer, string Channel, string Purpose, KeyedHash? Address = null)
{
    private const string Test = "test";

    /// <summary>Whether it stands in a test message, and unsubscribes nobody.</summary>
    public bool IsTest => Purpose == Test;

    /// <summary>Of a test message: it names nobody.</summary>
    public static UnsubscribeScope OfTest(ShopId shop, Channel channel) => new(shop.Value, "", JsonNaming.Kebab(channel), Test);
}

/// <summary>
/// One-click unsubscribe links (RFC 8058). A token is base64url of version, scope and a truncated HMAC-SHA256 (128 bits). It never expires, because
/// the link of an old message must still work, and is read with every key version that is given.
/// </summary>
public sealed class UnsubscribeLinks
{
    private const int MacLength = 16;
    private const int LongestToken = 1024;

    // What else the links key may sign never verifies as a token.
    private static readonly byte[] MacPrefix = "cx-unsubscribe-1\n"u8.ToArray();

    private readonly Dictionary<byte, byte[]> keys;
    private readonly byte current;
    private readonly string root;

    /// <param name="keys">Versions 1 to 255 with keys of 32 bytes or more; the highest version signs.</param>
    /// <param name="publicUrl"><c>Cx__PublicUrl</c>: https, or http on this machine only.</param>
    public UnsubscribeLinks(IEnumerable<(int Version, byte[] Key)> keys, Uri publicUrl)
    {
        if (!publicUrl.IsAbsoluteUri || publicUrl.Query.Length > 0 || publicUrl.Fragment.Length > 0 || publicUrl.UserInfo.Length > 0
            || !(publicUrl.Scheme == Uri.UriSchemeHttps || (publicUrl.Scheme == Uri.UriSchemeHttp && publicUrl.IsLoopback)))
            throw new ArgumentException("Cx__PublicUrl: an https address without query is needed (RFC 8058 §3.1).", nameof(publicUrl));
        this.keys = keys.ToDictionary(
            k => checked((byte)k.Version), k => k.Key.Length >= 32 ? k.Key : throw new ArgumentException("A links key has 32 bytes or more.", nameof(keys)));
        if (this.keys.Count == 0) throw new ArgumentException("A links key is needed.", nameof(keys));
        current = this.keys.Keys.Max();
        Base = publicUrl.AbsoluteUri.TrimEnd('/');
        root = Base + "/u/";
    }

    /// <summary>Where recipients reach this host, without a slash at the end.</summary>
    public string Base { get; }

    public Uri Link(UnsubscribeScope scope) => new(root + Token(scope));

    /// <summary>The two headers that make mail clients show their own unsubscribe button.</summary>
    public IReadOnlyDictionary<string, string> Headers(UnsubscribeScope scope) => new Dictionary<string, string>
    {
        ["List-Unsubscribe"] = $"<{Link(scope).AbsoluteUri}>",
        ["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click",
    };

    public string Token(UnsubscribeScope scope)
    {
        var content = new List<byte> { current };
        foreach (var value in new[] { scope.Shop, scope.Customer, scope.Channel, scope.Purpose })
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            content.Add(checked((byte)bytes.Length));
            content.AddRange(bytes);
        }

        if (scope.Address is { } address)
        {
            Span<byte> version = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(version, address.Version);
            content.AddRange([.. version, .. address.Hash]);
        }

        return Base64Url.EncodeToString([.. content, .. Mac(keys[current], [.. content])]);
    }

    /// <summary>What the token says, or null when these keys did not make it. Takes the same time wherever a forged MAC differs.</summary>
    public UnsubscribeScope? TryRead(string token)
    {
        if (token.Length > LongestToken || !Base64Url.IsValid(token, out var length) || length <= MacLength) return null;
        var bytes = Base64Url.DecodeFromChars(token);
        if (Base64Url.EncodeToString(bytes) != token) return null;      // the only spelling: the last character's unused bits are 0
        var content = bytes.AsSpan(..^MacLength);
        return keys.TryGetValue(content[0], out var key) && CryptographicOperations.FixedTimeEquals(Mac(key, content), bytes.AsSpan(^MacLength..))
            ? Scope(content[1..])
            : null;
    }

    private static byte[] Mac(byte[] key, ReadOnlySpan<byte> content) => HMACSHA256.HashData(key, (byte[])[.. MacPrefix, .. content])[..MacLength];

    // Only reached with a valid MAC, so the lengths are our own.
    private static UnsubscribeScope Scope(ReadOnlySpan<byte> content)
    {
        var values = new string[4];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Encoding.UTF8.GetString(content.Slice(1, content[0]));
            content = content[(1 + content[0])..];
        }

        return new(
            values[0], values[1], values[2], values[3], content.Length == 0 ? null : new KeyedHash(BinaryPrimitives.ReadInt32BigEndian(content), content[sizeof(int)..].ToArray()));
    }
}
