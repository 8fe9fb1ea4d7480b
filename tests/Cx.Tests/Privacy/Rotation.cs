using Cx.Application.Privacy;

namespace Cx.Tests.Privacy;

/// <summary>Installation keys as they are during a rotation, and once the old version is gone.</summary>
internal static class Rotation
{
    public static InstallationKeys After(InstallationKeys keys)
    {
        var next = InstallationKeys.Generate();
        return new(
            [(1, Bytes(keys.Wrapping, 1)), (2, Bytes(next.Wrapping, 1))],
            [(1, Bytes(keys.Lookup, 1)), (2, Bytes(next.Lookup, 1))],
            [(1, Bytes(keys.Links, 1)), (2, Bytes(next.Links, 1))]);
    }

    public static InstallationKeys WithoutFirst(InstallationKeys keys) =>
        new([(2, Bytes(keys.Wrapping, 2))], [(2, Bytes(keys.Lookup, 2))], [(2, Bytes(keys.Links, 2))]);

    /// <summary>Only what must stay: hashes of delivery keys are known under the old version for ever.</summary>
    public static InstallationKeys WithoutFirstWrapping(InstallationKeys keys) =>
        new([(2, Bytes(keys.Wrapping, 2))], [(1, Bytes(keys.Lookup, 1)), (2, Bytes(keys.Lookup, 2))], [(2, Bytes(keys.Links, 2))]);

    private static byte[] Bytes(VersionedKey key, int version) => key.Bytes(version).ToArray();
}
