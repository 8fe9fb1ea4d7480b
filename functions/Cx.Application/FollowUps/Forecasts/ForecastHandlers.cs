using System.Globalization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Explaining;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Explaining;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Forecasts;

/// <summary>How many decisions have a reason.</summary>
public sealed record ReasonCountResponse(Reason Reason, int Count);

/// <summary>What is foreseen of one step on one day.</summary>
/// <param name="Channel">Of what it sends.</param>
/// <param name="Sent">How many messages go out.</param>
/// <param name="Held">How often one is held, by reason; when it goes after that, or not, is counted by itself.</param>
/// <param name="Skipped">How many will not happen, by reason.</param>
public sealed record ForecastStepResponse(string Cadence, string Step, Channel Channel, int Sent, IReadOnlyList<ReasonCountResponse> Held, IReadOnlyList<ReasonCountResponse> Skipped);

/// <summary>What is foreseen of one day.</summary>
/// <param name="Sent">How many messages go out, of all steps.</param>
public sealed record ForecastDayResponse(DateOnly Date, int Sent, IReadOnlyList<ForecastStepResponse> Steps);

/// <summary>What is to go out, as far as facts known now say.</summary>
/// <param name="At">The instant from which it looks ahead.</param>
/// <param name="TimeZone">In which the days are.</param>
/// <param name="Sending">Whether the shop sends: where it does not, everything is held, and skipped when that was too long.</param>
/// <param name="Customers">How many customers something is decided about.</param>
/// <param name="Unreadable">How many were left out, because what is stored of them could not be read.</param>
public sealed record ForecastResponse(
    DateTimeOffset At, string TimeZone, Sending Sending, int Customers, int Unreadable, int Sent, IReadOnlyList<ForecastDayResponse> Days);

/// <summary>One decision behind a number of a forecast.</summary>
/// <param name="Order">What its follow-up is about.</param>
/// <param name="Outcome">Sent, held or skipped.</param>
/// <param name="Until">Held: until when; none: until the facts change.</param>
/// <param name="Checks">Every check at that instant.</param>
/// <param name="Text">The same as a sentence.</param>
public sealed record ForecastPersonResponse(
    CustomerId Customer, FollowUpId FollowUp, string Cadence, string Step, Channel Channel, OrderId? Order, DateTimeOffset At, string Outcome, Reason? Reason, DateTimeOffset? Until,
    IReadOnlyList<CheckExplanation> Checks, string Text);

/// <summary>Answers what is to go out of a shop.</summary>
public static class ForecastHandlers
{
    private const int DefaultDays = 14;
    private const int MostDays = 90;

    // So many customers are looked at for one page at most.
    private const int MostRead = 1000;

    private static readonly (Outlook Outlook, string Name)[] Outcomes = [(Outlook.Send, "sent"), (Outlook.Hold, "held"), (Outlook.Skip, "skipped")];

    /// <param name="days">From 1 to 90, today included; left out: 14.</param>
    public static async Task<ForecastResponse> Get(
        string shop, int? days, [FromServices] ShopDirectory shops, [FromServices] ShopForecast forecasts, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var ahead = Days(facts, clock, days);
        var counted = new Dictionary<(DateOnly Date, string Cadence, string Step, Channel Channel), Dictionary<(Outlook Outlook, Reason? Reason), int>>();
        var (customers, unreadable) = (0, 0);
        await foreach (var page in forecasts.Read(facts, ahead, ForecastKey.Start, ct))
        {
            unreadable += page.Unreadable;
            foreach (var decisions in page.Customers.Select(c => ShopForecast.Sending(c.Forecast).ToList()).Where(d => d.Count > 0))
            {
                customers++;
                foreach (var d in decisions)
                {
                    var key = (ahead.DayOf(d.Decision.At), d.Cadence, d.Step, d.Channel!.Value);
                    var counts = counted.TryGetValue(key, out var known) ? known : counted[key] = [];
                    counts[(d.Decision.Outlook, d.Decision.Reason)] = counts.GetValueOrDefault((d.Decision.Outlook, d.Decision.Reason)) + 1;
                }
            }
        }

        var byDay = counted.ToLookup(c => c.Key.Date, c => new ForecastStepResponse(
            c.Key.Cadence, c.Key.Step, c.Key.Channel, c.Value.GetValueOrDefault((Outlook.Send, null)), Counts(c.Value, Outlook.Hold), Counts(c.Value, Outlook.Skip)));
        return new(
            ahead.At, facts.TimeZone, facts.Sending, customers, unreadable, byDay.SelectMany(d => d).Sum(s => s.Sent),
            [
                .. Enumerable.Range(0, ahead.Count).Select(n => ahead.First.PlusDays(n).ToDateOnly()).Select(date => new ForecastDayResponse(
                    date, byDay[date].Sum(s => s.Sent),
                    [.. byDay[date].OrderBy(s => s.Cadence, StringComparer.Ordinal).ThenBy(s => s.Step, StringComparer.Ordinal).ThenBy(s => s.Channel)])),
            ]);
    }

    /// <summary>Of those whose processing is restricted, none but to administrators; a page may be shorter than its limit while there is a next one.</summary>
    /// <param name="date">A day of the forecast, <c>yyyy-MM-dd</c>; left out: all of them.</param>
    /// <param name="outcome">sent, held or skipped; left out: all three.</param>
    public static async Task<Page<ForecastPersonResponse>> People(
        HttpContext context, string shop, string? date, string? cadence, string? step, string? channel, string? outcome, string? reason, int? days, int? limit, string? cursor,
        [FromServices] ShopDirectory shops, [FromServices] ShopForecast forecasts, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var facts = await shops.Known(shop, ct);
        var ahead = Days(facts, clock, days);
        var wanted = new Wanted(Day(date), cadence, step, Named<Channel>(channel, "channel"), Outcome(outcome), Named<Reason>(reason, "reason"));
        var say = Sentences.In(facts, context.Request.Languages());
        var (after, given) = Cursor(request);
        var (items, read) = (new List<ForecastPersonResponse>(), 0);
        await foreach (var page in forecasts.Read(facts, ahead, after, ct))
        {
            foreach (var customer in page.Customers)
            {
                var found = customer.IsRestricted && !context.Caller().IsAdmin ? []
                    : ShopForecast.Sending(customer.Forecast).Where(d => wanted.IsOne(d, ahead)).Skip(given).ToList();
                if (items.Count + found.Count > request.Limit)
                {
                    var room = request.Limit - items.Count;
                    items.AddRange(found.Take(room).Select(d => Person(customer.Id, d, say)));
                    return new(items, Cursor(after, given + room));
                }

                items.AddRange(found.Select(d => Person(customer.Id, d, say)));
                (after, given) = (customer.Key, 0);
            }

            read += page.Customers.Count;
            if (page.Next is { } next && read >= MostRead)
            {
                return new(items, Cursor(next, 0));
            }

            after = page.Next ?? after;
        }

        return new(items, null);
    }

    private static List<ReasonCountResponse> Counts(Dictionary<(Outlook Outlook, Reason? Reason), int> counts, Outlook outlook) =>
        [.. counts.Where(c => c.Key.Outlook == outlook).Select(c => new ReasonCountResponse(c.Key.Reason!.Value, c.Value)).OrderByDescending(c => c.Count).ThenBy(c => c.Reason)];

    private static ForecastPersonResponse Person(CustomerId customer, ForecastStep d, Sentences say)
    {
        var (at, outlook, reason, until) = (d.Decision.At, d.Decision.Outlook, d.Decision.Reason, d.Decision.Until);
        return new(
            customer, d.FollowUp, d.Cadence, d.Step, d.Channel!.Value, d.Order, at, Outcomes.First(o => o.Outlook == outlook).Name, reason, until, CheckExplanation.Of(d.Checks, say),
            say.Say($"forecast.{JsonNaming.Kebab(outlook)}", ("step", d.Step), ("at", at), ("reason", reason is { } why ? say.Of(why) : null)));
    }

    private static ForecastDays Days(ShopFacts shop, TimeProvider clock, int? days) => days is < 1 or > MostDays
        ? throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-days", $"days is from 1 to {MostDays}.")
        : ForecastDays.Of(shop, clock.GetUtcNow(), days ?? DefaultDays);

    private static DateOnly? Day(string? text) => text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-day", "date is a day such as 2026-03-01.");

    private static Outlook? Outcome(string? name) => name is null ? null
        : Array.Find(Outcomes, o => o.Name == name) is { Name: not null } found ? found.Outlook
        : throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-outcome", "outcome is sent, held or skipped.");

    private static T? Named<T>(string? name, string parameter) where T : struct, Enum => name is null ? null
        : Enum.GetValues<T>().Where(v => JsonNaming.Kebab(v) == name).Select(v => (T?)v).FirstOrDefault()
            ?? throw new ApiProblem(StatusCodes.Status400BadRequest, $"invalid-{parameter}", $"{parameter} is one of {string.Join(", ", Enum.GetValues<T>().Select(v => JsonNaming.Kebab(v)))}.");

    // After whom the page begins, and how many decisions of the next customers were given before.
    private static string Cursor(ForecastKey after, int given) =>
        PageRequest.Cursor(string.Create(CultureInfo.InvariantCulture, $"{(after.IsQueued ? 'q' : 'd')}{given}/{PageRequest.KeyOf(after.At, after.Id)}"));

    private static (ForecastKey After, int Given) Cursor(PageRequest request)
    {
        if (request.After is not { } cursor)
        {
            return (ForecastKey.Start, 0);
        }

        if (cursor.Split('/', 2) is not [['d' or 'q', ..] head, var key] || !int.TryParse(head[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var given))
        {
            throw PageRequest.InvalidCursor();
        }

        var (at, id) = (request with { After = key }).AfterKey();
        return (new(head[0] == 'q', at!.Value, id!), given);
    }

    /// <summary>Which decisions are asked for.</summary>
    private sealed record Wanted(DateOnly? Date, string? Cadence, string? Step, Channel? Channel, Outlook? Outlook, Reason? Reason)
    {
        public bool IsOne(ForecastStep d, ForecastDays days) =>
            (Cadence ?? d.Cadence) == d.Cadence && (Step ?? d.Step) == d.Step && (Channel ?? d.Channel) == d.Channel && (Outlook ?? d.Decision.Outlook) == d.Decision.Outlook
            && (Reason is null || Reason == d.Decision.Reason) && (Date is null || Date == days.DayOf(d.Decision.At));
    }
}
