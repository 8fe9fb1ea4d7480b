using Cx.Domain.Shops;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Cx.Tests.Shops;

public class BusinessHoursProperties
{
    /// <summary>Weeks with one to four openings on some days, at hours where clocks move too, and some holidays.</summary>
    private static readonly Gen<BusinessHours> Hours =
        from days in Gen.Choose(1, 127)
        from edges in Gen.Choose(0, 95).ArrayOf(8)
        from holidays in Gen.Choose(0, 20 * 365).ArrayOf(5)
        let quarters = edges.Append(0).Append(7).Distinct().Order().ToArray()
        let openings = (OpenInterval[])[.. quarters.Chunk(2).Where(x => x.Length == 2).Select(x => new OpenInterval(Quarter(x[0]), Quarter(x[1])))]
        select new BusinessHours(
            Enumerable.Range(0, 7).Where(x => (days & (1 << x)) != 0).ToDictionary(x => (IsoDayOfWeek)(x + 1), _ => (IReadOnlyList<OpenInterval>)openings),
            holidays.Select(x => new LocalDate(2011, 1, 1).PlusDays(x)));

    private static readonly Arbitrary<(BusinessHours Hours, DateTimeZone Zone, DateTimeOffset From, TimeSpan A, TimeSpan B)> Cases =
        (from hours in Gen.OneOf(Hours, Gen.Constant(BusinessHours.Default), Gen.Constant(BusinessHours.AlwaysOpen))
         from moment in Zones.Moments
         from a in Gen.Choose(0, 3000)
         from b in Gen.Choose(0, 3000)
         select (hours, moment.Zone, moment.At, TimeSpan.FromMinutes(a), TimeSpan.FromMinutes(b))).ToArbitrary();

    [Fact]
    public void The_time_elapsed_at_a_deadline_is_the_duration_and_a_moment_before_it_is_less() => Check(x =>
    {
        var due = x.Hours.Add(x.From, x.A, x.Zone);
        return x.Hours.Elapsed(x.From, due, x.Zone) == x.A
            && (x.A == TimeSpan.Zero || x.Hours.Elapsed(x.From, due.AddTicks(-1), x.Zone) == x.A - TimeSpan.FromTicks(1));
    });

    [Fact]
    public void Deadlines_add_up() => Check(x =>
        x.Hours.Add(x.Hours.Add(x.From, x.A, x.Zone), x.B, x.Zone) == x.Hours.Add(x.From, x.A + x.B, x.Zone));

    [Fact]
    public void Elapsed_time_adds_up_over_any_instant_between_and_never_exceeds_real_time() => Check(x =>
    {
        var (middle, end) = (x.From + x.A, x.From + x.A + x.B);
        var whole = x.Hours.Elapsed(x.From, end, x.Zone);
        return whole == x.Hours.Elapsed(x.From, middle, x.Zone) + x.Hours.Elapsed(middle, end, x.Zone)
            && whole <= end - x.From && whole >= TimeSpan.Zero;
    });

    [Fact]
    public void A_later_question_or_a_longer_target_is_never_due_earlier() => Check(x =>
        x.Hours.Add(x.From + x.B, x.A, x.Zone) >= x.Hours.Add(x.From, x.A, x.Zone)
        && x.Hours.Add(x.From, x.A + x.B, x.Zone) >= x.Hours.Add(x.From, x.A, x.Zone));

    [Fact]
    public void Time_passes_exactly_while_open() => Check(x =>
        x.Hours.Elapsed(x.From, x.From.AddTicks(1), x.Zone) == (x.Hours.IsOpen(x.From, x.Zone) ? TimeSpan.FromTicks(1) : TimeSpan.Zero));

    [Fact]
    public void Without_a_change_of_clocks_open_means_that_the_clock_stands_inside_an_opening() => Check(x =>
    {
        var local = Instant.FromDateTimeOffset(x.From).InZone(ShopZone.Of("Asia/Kathmandu"));
        var inside = !x.Hours.Holidays.Contains(local.Date) && x.Hours.Week.TryGetValue(local.DayOfWeek, out var openings)
            && openings.Any(o => o.From <= local.TimeOfDay && (local.TimeOfDay < o.To || o.To == LocalTime.Midnight));
        return x.Hours.IsOpen(x.From, ShopZone.Of("Asia/Kathmandu")) == inside;
    });

    private static void Check(Func<(BusinessHours Hours, DateTimeZone Zone, DateTimeOffset From, TimeSpan A, TimeSpan B), bool> holds) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Cases, holds));

    private static LocalTime Quarter(int n) => new(n / 4, n % 4 * 15);
}
