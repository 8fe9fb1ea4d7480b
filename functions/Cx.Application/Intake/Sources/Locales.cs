namespace Cx.Application.Intake.Sources;

/// <summary>The shapes of language and country codes.</summary>
internal static class Locales
{
    /// <summary>A language tag as BCP 47 writes it: a language of 2-3 letters, then subtags of 2-8 letters and digits. Underscores are read as hyphens.</summary>
    public static string? Language(string? text)
    {
        var tag = text?.Trim().Replace('_', '-');
        return tag?.Split('-') is [{ Length: 2 or 3 } language, .. var subtags]
            && language.All(char.IsAsciiLetter)
            && subtags.All(s => s.Length is >= 2 and <= 8 && s.All(char.IsAsciiLetterOrDigit)) ? tag : null;
    }

    /// <summary>An ISO 3166-1 alpha-2 code by its form.</summary>
    public static string? Country(string? text) => text is { Length: 2 } && text.All(char.IsAsciiLetterUpper) ? text : null;
}
