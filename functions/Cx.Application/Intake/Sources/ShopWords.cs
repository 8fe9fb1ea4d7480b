using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Intake.Sources;

/// <summary>The shop's own words about orders and customers, as every source gives them to be recorded.</summary>
internal static class ShopWords
{
    /// <summary>A sales channel in the source's words, in lower case.</summary>
    public static string? Channel(string? stated) => stated?.Trim().ToLowerInvariant() is { Length: > 0 } channel ? channel : null;

    /// <summary>Tags that a person may have typed: those there are as text in the clear, of which hashes are made as it is recorded; that there are none as such.</summary>
    public static (Labels? Tags, Personal? Text) Tags(IReadOnlyList<string>? words) => words switch
    {
        null => (null, null),
        [] => (Labels.None, null),
        _ => (null, Personal.Clear(string.Join($"{Labels.Separator} ", words))),
    };

    /// <summary>The traits of an order; none where nothing is said of them.</summary>
    public static OrderTraits? Traits(string? channel, bool? isRenewal, IReadOnlyList<string>? words)
    {
        var (tags, text) = Tags(words);
        return new OrderTraits(Channel(channel), isRenewal, tags, text) is { IsEmpty: false } traits ? traits : null;
    }
}
