using Cx.Application.Api;
using Cx.Domain;

namespace Cx.Application.Intake;

public sealed record TouchpointResults(IReadOnlyList<TouchpointResult> Items);

/// <summary>The touchpoint API: phone calls, visits, letters, chats, from any system of the shop. The <c>Idempotency-Key</c> is the key of the whole.</summary>
public sealed class TouchpointsApi(TouchpointIntake intake, TimeProvider clock)
{
    public static Task<IResult> Post(string shop, HttpRequest request, TouchpointsApi api) => api.Take(new(shop), request);

    private async Task<IResult> Take(ShopId shop, HttpRequest request)
    {
        var key = request.Headers["Idempotency-Key"] is [{ Length: > 0 and <= TouchpointIntake.MaxKeyLength } given]
            ? given
            : throw new ApiProblem(
                StatusCodes.Status400BadRequest, "idempotency-key-required",
                $"Send one Idempotency-Key header of 1 to {TouchpointIntake.MaxKeyLength} characters: repeating the request under it changes nothing.");
        using var body = await Body.Read(request);
        using var incoming = new Incoming(request.Headers, body.Bytes, clock.GetUtcNow());
        var items = TouchpointIntake.Items(incoming.Json);
        if (items.Count is 0 or > TouchpointIntake.MaxItems)
        {
            throw new ApiProblem(
                StatusCodes.Status422UnprocessableEntity, "invalid-item-count", $"A request carries 1 to {TouchpointIntake.MaxItems} touchpoints; this one has {items.Count}.");
        }

        return Answer(await intake.Take(shop, key, items, incoming.ReceivedAt, CancellationToken.None));
    }

    // One that could not be taken at all is refused; of many, each answers for itself.
    private static IResult Answer(IReadOnlyList<TouchpointResult> results) =>
        results.Any(r => r.Status is not (IntakeStatus.Invalid or IntakeStatus.Conflict))
            ? Results.Json(new TouchpointResults(results), ApiJson.Options)
            : results[0] is { Status: IntakeStatus.Conflict, Reason: var reason }
                ? Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", reason!)
                : Problems.Of(
                    StatusCodes.Status422UnprocessableEntity, "invalid-touchpoint", "No item could be taken; see errors.",
                    [.. results.SelectMany(r => r.Errors ?? [], (r, e) => new FieldError(results.Count == 1 ? e.Path : $"/{r.Index}{e.Path}", e.Message))]);
}
