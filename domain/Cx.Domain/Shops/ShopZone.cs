using NodaTime;

namespace Cx.Domain.Shops;

/// <summary>
/// IANA time zones by name, from the database that comes with NodaTime: the same on every machine, so that a replay decides
/// the same everywhere.
/// </summary>
public static class ShopZone
{
    /// <summary>The zone of an IANA name such as <c>Europe/Rome</c>.</summary>
    /// <exception cref="ArgumentException">No zone has that name.</exception>
    public static DateTimeZone Of(string name) =>
        Find(name) ?? throw new ArgumentException($"'{name}' is not an IANA time zone such as Europe/Rome.", nameof(name));

    /// <summary>The zone of an IANA name, or null.</summary>
    public static DateTimeZone? Find(string name) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
}
