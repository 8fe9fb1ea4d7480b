using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Application.Privacy;

/// <summary>
/// The three secrets of an installation, all outside its database: <see cref="Wrapping"/> encrypts the keys of customers, payloads and
/// sources; <see cref="Lookup"/> hashes identifiers and delivery keys; <see cref="Links"/> signs the links in messages.
/// </summary>
public sealed class InstallationKeys
{
    /// <summary>The setting that carries the master key.</summary>
    public const string Setting = "Cx__MasterKey";

    private const string HowToMake = "make one with: openssl rand -base64 32";

    /// <exception cref="UnusableKeysException">The keys are not usable as given.</exception>
    public InstallationKeys(
        IEnumerable<(int Version, byte[] Key)> wrapping, IEnumerable<(int Version, byte[] Key)> lookup, IEnumerable<(int Version, byte[] Key)> links)
    {
        Wrapping = new("wrapping", wrapping);
        Lookup = new("lookup", lookup);
        Links = new("links", links);
        Fingerprints = All.SelectMany(key => key.Versions.Select(version => (Id: $"{key.Name}/{version}", Print: key.Fingerprint(version))))
            .ToDictionary(x => x.Id, x => x.Print);
    }

    public VersionedKey Wrapping { get; }

    public VersionedKey Lookup { get; }

    public VersionedKey Links { get; }

    /// <summary>By key and version, as in <c>wrapping/1</c>: what the database keeps so as to refuse other keys.</summary>
    public IReadOnlyDictionary<string, string> Fingerprints { get; }

    private VersionedKey[] All => [Wrapping, Lookup, Links];

    /// <summary>New random keys, each of version 1.</summary>
    public static InstallationKeys Generate() => new([(1, Random())], [(1, Random())], [(1, Random())]);

    /// <summary>The keys of a data folder, made on first use. For an installation that owns its database.</summary>
    /// <exception cref="UnusableKeysException">The file is readable by others, or is not a key file.</exception>
    public static InstallationKeys LoadOrCreate(string path) => KeyFile.LoadOrCreate(path);

    /// <summary>
    /// Derives the three keys by HKDF-SHA256. <paramref name="setting"/> is the base64 of 32 random bytes (version 1), or, while a key is
    /// being rotated, several of the form <c>version:base64</c> separated by commas; the highest version is the current one. Or it is the
    /// content of a key file: of an installation that owned its database and moves to another server.
    /// </summary>
    /// <exception cref="UnusableKeysException">Not of that form.</exception>
    public static InstallationKeys FromMasterKey(string? setting)
    {
        if (setting?.TrimStart().StartsWith('{') is true)
        {
            return KeyFile.Read(Encoding.UTF8.GetBytes(setting), Setting);
        }

        var masters = (setting ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Master).ToList();
        if (masters.Count == 0) throw new UnusableKeysException($"{Setting} is empty; {HowToMake}");
        if (masters.Select(m => m.Version).Distinct().Count() < masters.Count) throw new UnusableKeysException($"{Setting} gives a version twice.");
        return new(Derived("wrapping"), Derived("lookup"), Derived("links"));

        List<(int, byte[])> Derived(string purpose) => masters.ConvertAll(m =>
            (m.Version, HKDF.DeriveKey(HashAlgorithmName.SHA256, m.Key, VersionedKey.Length, info: Encoding.UTF8.GetBytes("cx/" + purpose))));
    }

    /// <summary>Compares with what the database keeps: the fingerprints it does not know yet and should add.</summary>
    /// <exception cref="KeyMismatchException">The database knows another key for a version, or one that is missing here.</exception>
    public IReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string> stored)
    {
        foreach (var (id, print) in stored)
        {
            if (!Fingerprints.TryGetValue(id, out var mine))
                throw new KeyMismatchException($"The database holds rows under key {id}, which was not given. Give it beside the current one ({Setting}, or the key file).");
            if (mine != print)
                throw new KeyMismatchException($"The database was written with another key {id}. Start with the keys it was written with ({Setting}, or the key file).");
        }

        return Fingerprints.Where(mine => !stored.ContainsKey(mine.Key)).ToDictionary();
    }

    /// <summary>Never the keys themselves.</summary>
    public override string ToString() => string.Join(' ', All.Select(key => key.ToString()));

    private static (int Version, byte[] Key) Master(string entry)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        var version = 1;
        if (colon >= 0 && (!int.TryParse(entry.AsSpan(0, colon), out version) || version < 1))
            throw new UnusableKeysException($"{Setting} has an entry whose version is not a number from 1; the form is version:base64.");
        var key = new byte[VersionedKey.Length];
        var readable = Convert.TryFromBase64String(entry[(colon + 1)..], key, out var length);
        if (!readable || length != key.Length) throw new UnusableKeysException($"{Setting} must be the base64 of {key.Length} bytes; {HowToMake}");
        return (version, key);
    }

    private static byte[] Random() => RandomNumberGenerator.GetBytes(VersionedKey.Length);
}

/// <summary>
/// One installation key in all its versions. What is written uses the current one; what was written before stays readable.
/// </summary>
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

    /// <summary>The first version that a database knows by its fingerprint and that was not given; none where all were.</summary>
    /// <param name="known">By key and version, as in <c>lookup/1</c>.</param>
    public int? Retired(IEnumerable<string> known) =>
        known.Where(id => id.StartsWith(Name + "/", StringComparison.Ordinal)).Select(id => (int?)int.Parse(id.AsSpan(Name.Length + 1), CultureInfo.InvariantCulture))
            .Where(version => !versions.ContainsKey(version!.Value)).Min();

    /// <summary>The secret bytes of a version.</summary>
    /// <exception cref="UnknownKeyVersionException">A row names a version that this installation was not given.</exception>
    public ReadOnlySpan<byte> Bytes(int version) =>
        versions.TryGetValue(version, out var key) ? key : throw new UnknownKeyVersionException(Name, version);

    /// <summary>
    /// Tells two keys apart without telling anything about either: 128 bits in hexadecimal of a hash keyed with the key itself.
    /// </summary>
    public string Fingerprint(int version)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Bytes(version), Encoding.UTF8.GetBytes("cx/fingerprint/" + Name), hash);
        return Convert.ToHexStringLower(hash[..16]);
    }

    /// <summary>Never the key itself.</summary>
    public override string ToString() => $"{Name}/{Current}";
}

/// <summary>
/// The installation keys cannot be used as they were given; the message names the setting or the file. Refuses the start.
/// </summary>
public sealed class UnusableKeysException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>
/// The database was written with other installation keys than the ones at hand. Refuses the start, before anything is written.
/// </summary>
public sealed class KeyMismatchException(string reason) : Exception(reason);

/// <summary>A row was written under a version of an installation key that was not given.</summary>
public sealed class UnknownKeyVersionException(string key, int version) : Exception(
    $"A row needs version {version} of the {key} key, which this installation does not have. Give it back beside the current one ({InstallationKeys.Setting}).")
{
    public string Key { get; } = key;

    public int Version { get; } = version;
}

/// <summary>Something sealed does not open: it was altered, it belongs to another owner, or the key is another one.</summary>
public sealed class SealBrokenException(string what, Exception? cause = null) : Exception(
    $"{what} does not open: altered, moved from another owner, or sealed under another key.", cause);
