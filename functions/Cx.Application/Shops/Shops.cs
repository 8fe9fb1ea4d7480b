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
    ShopId Id, long Version, string Name, string TimeZone, IReadOnlyList<string> Languages, BusinessHours BusinessHours,
    PolicySettings Policy, ExperienceSettings Experience, int? DeliveryPromiseDays, bool SoftOptIn, string? ReviewUrl, string? Website, int? RetentionDays, Sending Sending,
    string? AlertEmail, string? AlertUrl, string? ServiceContact, string? PostalAddress, IReadOnlyList<string> TestAddresses)
{
    internal static ShopResponse Of(Shop shop)
    {
        var facts = ShopFacts.Of(shop, []);
        return new(
            facts.Id, facts.Version, facts.Name, facts.TimeZone, facts.Languages, facts.BusinessHours,
            (shop.Settings.Policy ?? PolicySettings.Default) with { SoftOptIn = facts.SoftOptIn }, facts.Experience,
            facts.Experience.DeliveryPromiseDays, facts.SoftOptIn, facts.ReviewUrl, facts.Website, shop.Settings.RetentionDays, facts.Sending,
            facts.AlertEmail, facts.AlertUrl, facts.ServiceContact, facts.PostalAddress, facts.TestAddresses);
    }
}

/// <summary>Sets up shops.</summary>
public static class Shops
{
    public static async Task<IResult> Put(
        string shop, [FromBody] JsonElement body, HttpContext context, [FromServices] IEventStore store, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var id = ShopId.IsValid(shop)
            ? new ShopId(shop)
            : throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-shop",
                "A shop's name in the address is 1 to 63 lower-case letters, digits and inner hyphens.");
        var settings = ShopRequest.Read(body);
        var updated = await store.Update<Shop>(id, Shop.StreamKey, known =>
        {
            context.Request.CheckMatch(known?.Version);
            return Shop.Configure(known, settings, clock.GetUtcNow());
        }, ct);

        context.Response.WriteETag(updated.After!.Version);
        var response = ShopResponse.Of(updated.After);
        return updated.Before is null ? Results.Created($"/{Routes.Shops}/{id}", response) : Results.Ok(response);
    }

    public static async Task<IResult> Get(string shop, HttpResponse response, [FromServices] ShopDirectory shops, CancellationToken ct)
    {
        var stored = await shops.Find(new(shop), ct) ?? throw new UnknownShopException(new(shop));
        response.WriteETag(stored.Version);
        return Results.Ok(ShopResponse.Of(stored));
    }

    public static async Task<IResult> List(int? limit, string? cursor, [FromServices] ShopDirectory shops, CancellationToken ct)
    {
        var request = PageRequest.Of(limit, cursor);
        var read = await shops.List(request.After, request.Limit + 1, ct);
        return Results.Ok(request.Page([.. read.Select(ShopResponse.Of)], shop => shop.Id.Value));
    }
}
