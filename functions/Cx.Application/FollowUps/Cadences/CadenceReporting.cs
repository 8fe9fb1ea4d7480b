using System.Globalization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.EventStore.Projections;
using Cx.Domain.FollowUps.Reporting;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Cadences;

/// <summary>What became of the follow-ups of a cadence that started in some days.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="TimeZone">In which the days are.</param>
/// <param name="GoalDays">A goal counts within so many days of the trigger.</param>
/// <param name="Method">How the difference and its interval are computed.</param>
public sealed record CadenceReportResponse(
    string Cadence, DateOnly From, DateOnly To, string TimeZone, int GoalDays, string Method, IReadOnlyList<VersionReport> Versions);

/// <summary>Reports on cadences, from a view that follows the log.</summary>
public static class CadenceReporting
{
    private const int DefaultDays = 30;
    private const int MostDays = 366;

    /// <param name="from">A day of the shop's zone, <c>yyyy-MM-dd</c>; left out: so that there are thirty.</param>
    /// <param name="to">The last day; left out: today.</param>
    public static async Task<CadenceReportResponse> Get(
        string shop, string slug, string? from, string? to, [FromServices] ShopDirectory shops, [FromServices] CadenceDirectory cadences, [FromServices] ViewReader views,
        [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        _ = await cadences.Find(facts, slug, ct) ?? throw CadenceHandlers.Unknown(slug);
        var today = NodaTime.Instant.FromDateTimeOffset(clock.GetUtcNow()).InZone(ShopZone.Of(facts.TimeZone)).Date.ToDateOnly();
        var last = to is null ? today : Day(to);
        var first = from is null ? last.AddDays(1 - DefaultDays) : Day(from);
        if (first > last || last.DayNumber - first.DayNumber >= MostDays)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-period", $"from is not after to, and at most {MostDays} days with it.");
        }

        var keys = Enumerable.Range(0, last.DayNumber - first.DayNumber + 1).Select(n => ReportKeys.Day(slug, Text(first.AddDays(n)))).ToList();
        var days = await views.Find<ReportedDay>(ReportView.ViewName, facts.Id, keys, ct);
        return new(slug, first, last, facts.TimeZone, ReportView.GoalDays, DifferenceOfProportions.Method, CadenceReport.Of(days.Values));
    }

    private static DateOnly Day(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day
        : throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-day", "from and to are days such as 2026-03-01.");

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
