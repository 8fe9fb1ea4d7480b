using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Domain;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.Shops;

/// <summary>A system that a shop can be connected to, as far as connecting it needs to know.</summary>
/// <param name="Name">The name in the webhook's address.</param>
/// <param name="RefuseSecret">Why a secret does not have the form this source needs, without repeating it; null when it has.</param>
public sealed record SourceInfo(string Name, Func<string, string?> RefuseSecret);

public sealed record SourceRequest(string? Secret, string? SecondSecret = null, int? RequestsPerSecond = null);

/// <summary>A source as the API shows it: never its secrets.</summary>
/// <param name="Webhook">The address to give to the system that posts.</param>
public sealed record SourceResponse(string Name, bool HasSecondSecret, int RequestsPerSecond, string Webhook);

/// <summary>Connects a shop's sources.</summary>
public static class Sources
{
    private const int MaxRate = 100_000;

    public static async Task<IResult> Put(
        string shop, string source, [FromBody] SourceRequest body, HttpRequest request, [FromServices] ShopDirectory shops,
        [FromServices] SourceDirectory directory,
        [FromServices] IReadOnlyList<SourceInfo> sources, [FromServices] PublicAddress address, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var info = sources.FirstOrDefault(s => s.Name == source) ?? throw Unknown(source);
        if (Errors(body, info) is { Count: > 0 } errors)
        {
            throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-source", "The source's settings are not valid; see errors.", errors);
        }

        var settings = new SourceSettings(
            body.SecondSecret is null ? [body.Secret!] : [body.Secret!, body.SecondSecret],
            body.RequestsPerSecond ?? SourceSettings.DefaultRequestsPerSecond);
        await directory.Set(facts.Id, source, settings, ct);
        return Results.Ok(View(address.Of(request), facts.Id, source, settings));
    }

    public static async Task<IResult> List(
        string shop, HttpRequest request, [FromServices] ShopDirectory shops, [FromServices] SourceDirectory directory,
        [FromServices] PublicAddress address, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var sources = await directory.List(facts.Id, ct);
        return Results.Ok(new Page<SourceResponse>([.. sources.Select(s => View(address.Of(request), facts.Id, s.Key, s.Value))], null));
    }

    public static async Task<IResult> Delete(
        string shop, string source, [FromServices] ShopDirectory shops, [FromServices] SourceDirectory directory, CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        return await directory.Remove(facts.Id, source, ct) ? Results.NoContent() : throw Unknown(source);
    }

    private static List<FieldError> Errors(SourceRequest body, SourceInfo info)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrEmpty(body.Secret))
        {
            errors.Add(new("/secret", "is missing"));
        }
        else if (info.RefuseSecret(body.Secret) is { } reason)
        {
            errors.Add(new("/secret", reason));
        }

        if (body.SecondSecret is { } second && (second.Length == 0 ? "is empty" : info.RefuseSecret(second)) is { } secondReason)
        {
            errors.Add(new("/secondSecret", secondReason));
        }

        if (body.RequestsPerSecond is < 1 or > MaxRate)
        {
            errors.Add(new("/requestsPerSecond", $"is from 1 to {MaxRate}"));
        }

        return errors;
    }

    private static SourceResponse View(string host, ShopId shop, string source, SourceSettings settings) =>
        new(
            source, settings.Secrets.Count > 1, settings.RequestsPerSecond,
            $"{host}/{Routes.Shops}/{shop}/webhooks/{source}");

    private static ApiProblem Unknown(string source) =>
        new(StatusCodes.Status404NotFound, "unknown-source", $"There is no source '{source}'.");
}
