using System.Security.Cryptography;
using System.Text;

namespace Cx.Application.Privacy.Sealing;

/// <summary>One installation key in all its versions. What is written uses the current one; what was written before stays readable.</summary>
public sealed class VersionedKey
{
    /// <summary>The length of every version, in bytes.</summary>
    public const int Length = 32;

    private readonly SortedList<int, byte[]> versions;

    /// <param name="name">What the key is for; part of its fingerprint.</param>
    /// <param name="versions">At least one; versions from 1, each of <see cref="Length"/> bytes.</param>
    /// <exception cref="UnusableKeysException">No version, a version below 1 or twice, or a key of another length.</exception>
    public VersionedKey(string name, IEnumerable<(int Version, byte[] Key)> versions)
    {
        Name = name;
        this.versions = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));
        foreach (var (version, key) in versions)
        {
            if (version < 1) throw new UnusableKeysException($"The {name} key has version {version}; versions start at 1.");
            if (key.Length != Length) throw new UnusableKeysException($"Version {version} of the {name} key has {key.Length} bytes instead of {Length}.");
            if (!this.versions.TryAdd(version, key)) throw new UnusableKeysException($"The {name} key has version {version} twice.");
        }

        if (this.versions.Count == 0) throw new UnusableKeysException($"The {name} key is missing.");
        Versions = [.. this.versions.Keys];
    }

    /// <summary>What the key is for.</summary>
    public string Name { get; }

    /// <summary>The highest version: what new rows are written under.</summary>
    public int Current => Versions[0];

    /// <summary>Every version, the current one first.</summary>
    public IReadOnlyList<int> Versions { get; }

    /// <summary>The secret bytes of a version.</summary>
    /// <exception cref="UnknownKeyVersionException">A row names a version that this installation was not given.</exception>
    public ReadOnlySpan<byte> Bytes(int version) => versions.TryGetValue(version, out var key) ? key : throw new UnknownKeyVersionException(Name, version);

    /// <summary>Tells two keys apart without telling anything about either: 128 bits in hexadecimal of a hash keyed with the key itself.</summary>
    public string Fingerprint(int version)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Bytes(version), Encoding.UTF8.GetBytes("cx/fingerprint/" + Name), hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>Never the key itself.</summary>
    public override string ToString() => $"{Name}/{Current}";
}
