using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Cx.Domain.Shops;

/// <summary>
/// A stretch of one local day in which the shop answers, from <paramref name="From"/> (inside) to <paramref name="To"/>
/// (outside). A To of 00:00 is the end of the day.
/// </summary>
public readonly record struct OpenInterval(LocalTime From, LocalTime To)
{
    private static readonly LocalTimePattern Pattern = LocalTimePattern.CreateWithInvariantCulture("HH':'mm");

    /// <summary>Reads <c>09:00-18:00</c>; <c>00:00-24:00</c> is the whole day.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static OpenInterval Parse(string text)
    {
        var parts = text.Split('-');
        if (parts.Length == 2
            && Pattern.Parse(parts[0].Trim()) is { Success: true } from
            && Pattern.Parse(parts[1].Trim() is "24:00" ? "00:00" : parts[1].Trim()) is { Success: true } to)
            return new OpenInterval(from.Value, to.Value);

        throw new FormatException($"'{text}' is not an opening such as 09:00-18:00.");
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Pattern.Format(From)}-{(To == LocalTime.Midnight ? "24:00" : Pattern.Format(To))}");

    internal long EndTick => To == LocalTime.Midnight ? NodaConstants.TicksPerDay : To.TickOfDay;
}
