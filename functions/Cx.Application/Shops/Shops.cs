using System.Data.Common;
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
    ContactPolicy Policy, ExperienceSettings Experience, int? DeliveryPromiseDays, bool SoftOptIn, string? ReviewUrl, string? Website, Sending Sending)
{
    internal static ShopResponse Of(StoredShop stored)
    {
        var facts = ShopDirectory.Facts(stored.Id, stored.Version, stored.Row);
        return new(
            facts.Id, facts.Version, facts.Name, facts.TimeZone, facts.Languages, facts.BusinessHours, facts.Policy, facts.Experience,
            facts.Experience.DeliveryPromiseDays, facts.Policy.SoftOptIn, facts.ReviewUrl, facts.Website, facts.Sending);
    }
}

public sealed record SendingRequest(string? Sending);

public sealed record SendingResponse(Sending Sending);

/// <summary>Sets up shops, and switches their sending on, off or to a pause that holds everything.</summary>
public static class Shops
{
    public static async Task<IResult> Put(
        string shop, [FromBody] JsonElement body, HttpContext context, [FromServices] ShopChanges changes,
        [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var id = ShopId.IsValid(shop)
            ? new ShopId(shop)
            : throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-shop",
                "A shop's name in the address is 1 to 63 lower-case letters, digits and inner hyphens.");
        var settings = ShopRequest.Read(body);
        var change = await changes.Apply(id, known =>
        {
            context.Request.CheckMatch(known?.Version ?? 0);
            return known is not null && Same(known.Row.Settings, settings)
                ? null
                : (new ShopConfigured(settings, clock.GetUtcNow()), new ShopRow(settings, known?.Row.Sending ?? Sending.Off));
        }, ct);

        context.Response.WriteETag(change.Shop.Version);
        var response = ShopResponse.Of(change.Shop);
        return change.IsNew ? Results.Created($"/{Routes.Shops}/{id}", response) : Results.Ok(response);
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

    public static async Task<IResult> PutSending(
        string shop, [FromBody] SendingRequest body, [FromServices] ShopChanges changes, [FromServices] TimeProvider clock,
        CancellationToken ct)
    {
        var wanted = Enum.GetValues<Sending>().Cast<Sending?>().FirstOrDefault(s => JsonNaming.Kebab(s!.Value) == body.Sending)
            ?? throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-sending", "Sending is on, off or paused.",
                [new("/sending", "is one of on, off, paused")]);
        var change = await changes.Apply(new(shop), known => known switch
        {
            null => throw new UnknownShopException(new(shop)),
            _ when known.Row.Sending == wanted => null,
            _ => (new SendingSwitched(wanted, clock.GetUtcNow()), known.Row with { Sending = wanted }),
        }, ct);
        return Results.Ok(new SendingResponse(change.Shop.Row.Sending));
    }

    public static async Task<IResult> GetSending(string shop, [FromServices] ShopDirectory shops, CancellationToken ct) =>
        Results.Ok(new SendingResponse((await shops.Known(shop, ct)).Sending));

    private static bool Same(ShopSettings a, ShopSettings b) =>
        JsonSerializer.SerializeToUtf8Bytes(a, EventCatalog.Json).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, EventCatalog.Json));
}

/// <summary>A shop after a change.</summary>
/// <param name="IsNew">Whether the change created it.</param>
public sealed record ShopChange(StoredShop Shop, bool IsNew);

/// <summary>Changes a shop as it was read: when another request changed it in between, it is read again and the change decided again.</summary>
public sealed class ShopChanges(ShopDirectory shops, IEventStore store)
{
    private const string SerializationFailure = "40001";

    private const int MaxTries = 10;

    /// <param name="decide">The change to the shop as it is (null: it is new), or null when there is nothing to change.</param>
    public async Task<ShopChange> Apply(ShopId shop, Func<StoredShop?, (IEvent Event, ShopRow Row)?> decide, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            var known = await shops.Find(shop, ct);
            if (decide(known) is not var (e, row))
            {
                return new(known!, IsNew: false);
            }

            try
            {
                var version = known?.Version ?? 0;
                await store.Append(shop, ShopDirectory.Stream, [e], row, version, ct);
                return new(new(shop, version + 1, row), known is null);
            }
            catch (DbException failure) when (failure.SqlState == SerializationFailure && tries < MaxTries)
            {
                // Another request changed the shop.
            }
        }
    }
}
