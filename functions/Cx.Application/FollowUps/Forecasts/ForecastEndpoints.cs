using Cx.Application.Api;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Application.FollowUps.Forecasts;

/// <summary>What marketing may ask about the days to come.</summary>
public static class ForecastEndpoints
{
    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("getForecast", "GET", Routes.Forecast, Access.Marketing, ForecastHandlers.Get)
        {
            Summary = "What is to go out in the next days (?days= 1 to 90, today included) if no fact comes, by day in the shop's zone, cadence, step and channel; and what would be held or skipped, with the reason.",
            Returns = typeof(ForecastResponse), Refuses = [400],
        },
        new("listForecastPeople", "GET", Routes.ForecastPeople, Access.Marketing, ForecastHandlers.People)
        {
            Summary = "The customers behind the forecast's numbers, each with the instant and why: ?date=, ?cadence=, ?step=, ?channel=, ?outcome= sent, held or skipped, ?reason=; a page may be shorter than its limit while there is a next one.",
            Returns = typeof(Page<ForecastPersonResponse>), Refuses = [400], Headers = [Endpoint.LanguageHeader],
        },
    ];
}
