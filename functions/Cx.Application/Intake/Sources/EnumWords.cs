using System.Collections.Frozen;
using System.Text.Json;

namespace Cx.Application.Intake.Sources;

/// <summary>The kebab-case words that stand for an enum's values in JSON; case counts.</summary>
internal static class EnumWords<T> where T : struct, Enum
{
    private static readonly FrozenDictionary<string, T> ByWord =
        Enum.GetValues<T>().ToFrozenDictionary(v => JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString()), StringComparer.Ordinal);

    public static string All { get; } = string.Join(", ", Enum.GetValues<T>().Select(v => JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString())));

    public static T? Find(string word) => ByWord.TryGetValue(word, out var value) ? value : null;
}
