using System.Collections.Frozen;
using Cx.Domain;

namespace Cx.Application.Intake.Sources;

/// <summary>Receives what is wrong with the value at a JSON pointer. The message never holds the value.</summary>
internal delegate void InvalidValue(string path, string message);

/// <summary>How a payload is read.</summary>
/// <param name="ReceivedAt">When it arrived; none where the caller itself looks at its instants.</param>
/// <param name="LeftOut">
/// What is left out because it cannot be read, and why; none where every invalid value is reported. Shops and their plug-ins send empty arrays for objects,
/// empty texts for nothing, and numbers for texts: that costs the field, not the payload.
/// </param>
internal sealed record JsonReading(InvalidValue Invalid, DateTimeOffset? ReceivedAt, ICollection<string>? LeftOut = null)
{
    public bool IsLenient => LeftOut is not null;
}

/// <summary>The kebab-case names of an enum's values in JSON, case-sensitive.</summary>
internal static class EnumWords<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<string, T> ByWord =
        Enum.GetValues<T>().ToFrozenDictionary(JsonNaming.Kebab, StringComparer.Ordinal);

    public static string All { get; } = string.Join(", ", Enum.GetValues<T>().Select(JsonNaming.Kebab));

    public static T? Find(string word) => ByWord.TryGetValue(word, out var value) ? value : null;
}
