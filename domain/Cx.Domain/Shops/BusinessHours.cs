using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;
using NodaTime.TimeZones;

namespace Cx.Domain.Shops;

/// <summary>
/// The local times at which a shop answers: openings by weekday, none on holidays. Response times are measured in them, so a question asked
/// on Friday night is not late on Saturday.
/// <para>Across a change of clocks an opening keeps its local times: a start or end that does not exist is the instant of the change, one that
/// occurs twice is the first. So neighbouring openings never overlap, and a night with a skipped hour is an hour shorter.</para>
/// </summary>
[JsonConverter(typeof(BusinessHoursJson))]
public sealed record BusinessHours
{
    private static readonly ZoneLocalMappingResolver Resolver =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    private static readonly OpenInterval[] OfficeDay = [new(new LocalTime(9, 0), new LocalTime(18, 0))];

    private static readonly OpenInterval[] WholeDay = [new(LocalTime.Midnight, LocalTime.Midnight)];

    /// <summary>Monday to Friday, 09:00-18:00, no holidays.</summary>
    public static BusinessHours Default { get; } = new(
        Enumerable.Range(1, 5).ToDictionary(x => (IsoDayOfWeek)x, _ => (IReadOnlyList<OpenInterval>)OfficeDay), []);

    /// <summary>Day and night, every day.</summary>
    public static BusinessHours AlwaysOpen { get; } = new(
        Enumerable.Range(1, 7).ToDictionary(x => (IsoDayOfWeek)x, _ => (IReadOnlyList<OpenInterval>)WholeDay), []);

    /// <param name="week">Openings by weekday; a weekday left out is closed.</param>
    /// <param name="holidays">Local dates on which the shop is closed.</param>
    /// <exception cref="ArgumentException">An opening ends before it starts, two overlap, or the week has none.</exception>
    public BusinessHours(IReadOnlyDictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>> week, IEnumerable<LocalDate> holidays)
    {
        Week = week.Where(x => x.Value.Count > 0).ToImmutableSortedDictionary(x => x.Key, x => Checked(x.Key, x.Value));
        Holidays = [.. holidays];
        if (Week.IsEmpty)
            throw new ArgumentException("Business hours need at least one opening in the week.", nameof(week));
    }

    /// <summary>Openings by weekday, in order; closed weekdays are absent.</summary>
    public ImmutableSortedDictionary<IsoDayOfWeek, ImmutableArray<OpenInterval>> Week { get; }

    /// <summary>Local dates on which the shop is closed.</summary>
    public ImmutableSortedSet<LocalDate> Holidays { get; }

    /// <summary>Open time between two instants; zero when <paramref name="to"/> is not after <paramref name="from"/>.</summary>
    public TimeSpan Elapsed(DateTimeOffset from, DateTimeOffset to, DateTimeZone zone)
    {
        var end = Instant.FromDateTimeOffset(to);
        return Openings(Instant.FromDateTimeOffset(from), zone)
            .TakeWhile(x => x.Start < end)
            .Aggregate(Duration.Zero, (sum, x) => sum + (Instant.Min(x.End, end) - x.Start))
            .ToTimeSpan();
    }

    /// <summary>
    /// The deadline: the first instant, in UTC, at which <paramref name="duration"/> of open time has passed since
    /// <paramref name="from"/>. A duration that ends with an opening is due at its end, not at the next start.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public DateTimeOffset Add(DateTimeOffset from, TimeSpan duration, DateTimeZone zone)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        if (duration == TimeSpan.Zero)
            return from.ToUniversalTime();

        var left = Duration.FromTimeSpan(duration);
        foreach (var (start, end) in Openings(Instant.FromDateTimeOffset(from), zone))
        {
            if (left <= end - start)
                return (start + left).ToDateTimeOffset();
            left -= end - start;
        }

        throw new InvalidOperationException("Openings have no end.");
    }

    /// <summary>Whether the shop answers at this instant.</summary>
    public bool IsOpen(DateTimeOffset instant, DateTimeZone zone)
    {
        var now = Instant.FromDateTimeOffset(instant);
        return Openings(now, zone).First().Start == now;
    }

    /// <summary>The same openings and holidays.</summary>
    public bool Equals(BusinessHours? other) =>
        other is not null && Holidays.SetEquals(other.Holidays) && Week.Count == other.Week.Count
        && Week.All(x => other.Week.TryGetValue(x.Key, out var openings) && openings.SequenceEqual(x.Value));

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var opening in Week.Values.SelectMany(x => x))
            hash.Add(opening);
        foreach (var holiday in Holidays)
            hash.Add(holiday);
        return hash.ToHashCode();
    }

    /// <summary>The openings from an instant on, without end, cut at that instant.</summary>
    private IEnumerable<(Instant Start, Instant End)> Openings(Instant from, DateTimeZone zone)
    {
        for (var day = from.InZone(zone).Date; ; day = day.PlusDays(1))
        {
            if (Holidays.Contains(day) || !Week.TryGetValue(day.DayOfWeek, out var openings))
                continue;

            foreach (var opening in openings)
            {
                var start = Instant.Max(from, At(day + opening.From, zone));
                var end = At((opening.To == LocalTime.Midnight ? day.PlusDays(1) : day) + opening.To, zone);
                if (start < end)
                    yield return (start, end);
            }
        }
    }

    private static Instant At(LocalDateTime local, DateTimeZone zone) => zone.ResolveLocal(local, Resolver).ToInstant();

    private static ImmutableArray<OpenInterval> Checked(IsoDayOfWeek day, IReadOnlyList<OpenInterval> openings)
    {
        ImmutableArray<OpenInterval> sorted = [.. openings.OrderBy(x => x.From)];
        for (var i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].EndTick <= sorted[i].From.TickOfDay)
                throw new ArgumentException($"{day}: {sorted[i]} ends before it starts.", nameof(openings));
            if (i > 0 && sorted[i - 1].EndTick > sorted[i].From.TickOfDay)
                throw new ArgumentException($"{day}: {sorted[i - 1]} and {sorted[i]} overlap.", nameof(openings));
        }

        return sorted;
    }
}

/// <summary>
/// A part of one local day in which the shop answers, from <paramref name="From"/> (inclusive) to <paramref name="To"/> (exclusive). A To of
/// 00:00 is the end of the day.
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

/// <summary>
/// Business hours as settings hold them:
/// <c>{"week": {"monday": ["09:00-13:00", "14:00-18:00"], …}, "holidays": ["2026-12-25"]}</c>. A weekday left out is closed.
/// Errors are <see cref="JsonException"/>s that say what is wrong.
/// </summary>
internal sealed class BusinessHoursJson : JsonConverter<BusinessHours>
{
    public override BusinessHours Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        try
        {
            var week = new Dictionary<IsoDayOfWeek, IReadOnlyList<OpenInterval>>();
            List<LocalDate> holidays = [];
            foreach (var property in document.RootElement.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "week":
                        foreach (var day in property.Value.EnumerateObject())
                            week[Weekday(day.Name)] = [.. day.Value.EnumerateArray().Select(x => OpenInterval.Parse(x.GetString() ?? ""))];
                        break;
                    case "holidays":
                        var dates = property.Value.EnumerateArray().Select(x => LocalDatePattern.Iso.Parse(x.GetString() ?? ""));
                        holidays.AddRange(dates.Select(x => x.GetValueOrThrow()));
                        break;
                    default:
                        throw new JsonException($"Business hours have a week and holidays, not '{property.Name}'.");
                }
            }

            return new BusinessHours(week, holidays);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new JsonException($"Business hours: {e.Message}", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, BusinessHours value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("week");
        foreach (var (day, openings) in value.Week)
        {
            writer.WriteStartArray(day.ToString().ToLowerInvariant());
            foreach (var opening in openings)
                writer.WriteStringValue(opening.ToString());
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteStartArray("holidays");
        foreach (var holiday in value.Holidays)
            writer.WriteStringValue(LocalDatePattern.Iso.Format(holiday));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static IsoDayOfWeek Weekday(string name) =>
        Enumerable.Range(1, 7).Select(x => (IsoDayOfWeek)x)
            .FirstOrDefault(x => string.Equals(x.ToString(), name, StringComparison.OrdinalIgnoreCase))
            is var day and not IsoDayOfWeek.None ? day : throw new FormatException($"'{name}' is not a weekday such as monday.");
}
