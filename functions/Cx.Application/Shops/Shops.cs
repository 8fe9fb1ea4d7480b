using System.Text.Json;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Domain.Experience;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Shops;

/// <summary>A shop as the API shows it, with the defaults for what was not set.</summary>
public sealed record ShopResponse(
    ShopId Id, long Version, string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours BusinessHours, ContactPolicy Policy, ExperienceSettings Experience,
    int? DeliveryPromiseDays, bool SoftOptIn, string? ReviewUrl, string? Website, Sending Sending);

/// <summary>Sets up shops.</summary>
public static class Shops
{
    public static async Task<IResult> Put(
        string shop, [FromBody] JsonElement body, HttpContext context, [FromServices] ShopChanges changes, [FromServices] TimeProvider clock, CancellationToken ct)
    {
        var id = ShopId.IsValid(shop)
            ? new ShopId(shop)
            : throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-shop", "A shop's name in the address is 1 to 63 lower-case letters, digits and inner hyphens.");
        var settings = ShopRequest.Read(body);

        var isNew = false;
        var stored = await changes.Apply(id, known =>
        {
            context.Request.CheckMatch(known?.Version ?? 0);
            isNew = known is null;
            return known is not null && Same(known.Row.Settings, settings)
                ? null
                : (new ShopConfigured(settings, clock.GetUtcNow()), new ShopRow(settings, known?.Row.Sending ?? Sending.Off));
        }, ct);

        context.Response.WriteETag(stored.Version);
        return isNew ? Results.Created($"/{Routes.Shops}/{id}", View(stored)) : Results.Ok(View(stored));
    }

    public static async Task<IResult> Get(string shop, HttpResponse response, [FromServices] ShopDirectory shops, CancellationToken ct)
    {
        var stored = await shops.Find(new(shop), ct) ?? throw new UnknownShopException(new(shop));
        response.WriteETag(stored.Version);
        return Results.Ok(View(stored));
    }

    public static async Task<IResult> List(int? limit, string? cursor, [FromServices] ShopDirectory shops, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var read = await shops.List(request.After, request.Limit + 1, ct);
        return Results.Ok(request.Page([.. read.Select(View)], shop => shop.Id.Value));
    }

    private static ShopResponse View(StoredShop stored)
    {
        var facts = ShopDirectory.Facts(stored.Id, stored.Version, stored.Row);
        return new(
            facts.Id, facts.Version, facts.Name, facts.TimeZone, facts.Languages, facts.BusinessHours, facts.Policy, facts.Experience, facts.Experience.DeliveryPromiseDays,
            facts.Policy.SoftOptIn, facts.ReviewUrl, facts.Website, facts.Sending);
    }

    private static bool Same(ShopSettings a, ShopSettings b) =>
        JsonSerializer.SerializeToUtf8Bytes(a, EventCatalog.Json).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, EventCatalog.Json));
}
