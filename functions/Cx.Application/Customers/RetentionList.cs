using System.Globalization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain.Privacy;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Customers;

/// <summary>Answers who is erased for want of contact, and when.</summary>
public static class RetentionList
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(30);

    /// <param name="until">Who is erased by then; 30 days ahead when not given.</param>
    /// <param name="days">Instead of the shop's setting: whom it would erase.</param>
    public static async Task<IResult> Get(
        string shop, DateTimeOffset? until, int? days, int? limit, string? cursor, [FromServices] ShopDirectory shops, [FromServices] InactiveCustomers inactive,
        [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        if (days is < Inactivity.MinDays or > Inactivity.MaxDays)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, "invalid-days", $"days is from {Inactivity.MinDays} to {Inactivity.MaxDays}.");
        }

        var stored = await shops.Find((await shops.Known(shop, ct)).Id, ct);
        if ((days ?? stored?.Settings.RetentionDays) is not { } kept)
        {
            return Results.Ok(new Page<InactiveCustomer>([], null));
        }

        var now = clock.GetUtcNow();
        var page = await inactive.List(stored!.Id, kept, now, until ?? now + Ahead, After(request), request.Limit, ct);
        return Results.Ok(new Page<InactiveCustomer>(
            page.Items, page.Next is var (on, id) ? PageRequest.Cursor(string.Create(CultureInfo.InvariantCulture, $"{on:yyyy-MM-dd}/{id}")) : null));
    }

    private static (DateOnly, string)? After(PageRequest page) =>
        page.After is not { } after ? null
        : after.Split('/', 2) is [var on, var id] && DateOnly.TryParseExact(on, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? (day, id)
        : throw PageRequest.InvalidCursor();
}
