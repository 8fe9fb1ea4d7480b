using Cx.Application.EventStore;
using Cx.Domain;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>An event as the API shows it.</summary>
/// <param name="Type">Its stored name.</param>
/// <param name="Data">The event itself, where it holds nothing personal.</param>
public sealed record EventView(string Type, DateTimeOffset OccurredAt, DateTimeOffset RecordedAt, long Sequence, string? Source, object? Data)
{
    internal static EventView Of(Recorded recorded, bool withData = true) => new(
        recorded.Type, recorded.Event.OccurredAt, recorded.RecordedAt, recorded.Sequence, recorded.Source, withData ? recorded.Event : null);
}

/// <summary>Words for people.</summary>
internal static class Words
{
    public static string At(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture);

    public static string Of<T>(T value) where T : struct, Enum => JsonNaming.Kebab(value);
}
