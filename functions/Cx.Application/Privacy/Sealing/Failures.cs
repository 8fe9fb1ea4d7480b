namespace Cx.Application.Privacy.Sealing;

/// <summary>The installation keys cannot be used as they were given; the message names the setting or the file. Refuses the start.</summary>
public sealed class UnusableKeysException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>The database was written with other installation keys than the ones at hand. Refuses the start, before anything is written.</summary>
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
