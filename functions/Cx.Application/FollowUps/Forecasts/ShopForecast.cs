using System.Runtime.CompilerServices;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Scheduling;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Forecasting;
using Cx.Domain.Shops;
using NodaTime;

namespace Cx.Application.FollowUps.Forecasts;

/// <summary>The days of a forecast, in the shop's zone: what is left of the first one, and the others whole.</summary>
/// <param name="At">The instant from which it looks ahead.</param>
public sealed record ForecastDays(DateTimeOffset At, DateTimeZone Zone, LocalDate First, int Count)
{
    /// <summary>The end of the last day.</summary>
    public DateTimeOffset Until => Zone.AtStartOfDay(First.PlusDays(Count)).ToDateTimeOffset();

    public static ForecastDays Of(ShopFacts shop, DateTimeOffset at, int count) => new(at, ShopZone.Of(shop.TimeZone), DayIn(ShopZone.Of(shop.TimeZone), at), count);

    public DateOnly DayOf(DateTimeOffset at) => DayIn(Zone, at).ToDateOnly();

    private static LocalDate DayIn(DateTimeZone zone, DateTimeOffset at) => Instant.FromDateTimeOffset(at).InZone(zone).Date;
}

/// <summary>Looks ahead at all that runs for a shop's customers: batch after batch, on one connection at a time, of which nothing is kept.</summary>
public sealed class ShopForecast(MartenEventStore store, ICustomerReader customers, OfferLookup offers)
{
    private const int BatchSize = 200;

    /// <summary>The customers in whom something happens in these days, and what, in no order that means anything.</summary>
    /// <param name="after">Where it goes on.</param>
    public async IAsyncEnumerable<ForeseenPage> Read(
        ShopFacts shop, ForecastDays days, ForecastKey after, [EnumeratorCancellation] CancellationToken ct)
    {
        for (ForecastKey? next = after; next is { } from;)
        {
            var page = await store.Foresee(shop, days.At, days.Until, from, BatchSize, ct);
            var whole = new List<ForeseenCustomer>(page.Customers.Count);
            foreach (var customer in page.Customers)
            {
                whole.Add(customer.Forecast.WantsOffers ? customer with { Forecast = await WithOffers(shop, customer, days, ct) } : customer);
            }

            yield return page with { Customers = whole };
            next = page.Next;
        }
    }

    /// <summary>What a forecast says of steps that send something: what is passed on the way goes to nobody.</summary>
    public static IEnumerable<ForecastStep> Sending(Forecast forecast) => forecast.Decisions.Where(d => d.Decision.Outlook != Outlook.Pass && d.Channel is not null);

    // Offers depend on all that the customer ever bought.
    private async Task<Forecast> WithOffers(ShopFacts shop, ForeseenCustomer customer, ForecastDays days, CancellationToken ct)
    {
        using var open = await customers.Open(shop.Id, customer.Id, StateQuery.Everything, ct, readsBarred: true);
        if (open is null || open.Customer.IsErased)
        {
            return customer.Forecast;
        }

        var at = open.Customer.RecordedAt > days.At ? open.Customer.RecordedAt : days.At;
        return Forecast.Of(open.Customer, open.Context(at), new(await offers(shop.Id, open.Customer, ct)), days.Until);
    }
}
