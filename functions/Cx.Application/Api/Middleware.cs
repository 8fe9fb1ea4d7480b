namespace Cx.Application.Api;

/// <summary>What both hosts put around every handler: the check of the key, and problems in place of exceptions and unmatched routes.</summary>
internal static partial class Middleware
{
    public static async Task HandleErrors(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (Unmatched(context.Response) is { } unmatched)
            {
                await unmatched.ExecuteAsync(context);
            }
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                return;
            }

            if (Problems.Of(e) is not { } problem)
            {
                var log = context.RequestServices.GetRequiredService<ILogger<KeyAuthorization>>();
                Failed(log, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "?", e);
                problem = Problems.Of(
                    StatusCodes.Status500InternalServerError, "internal-error", "An unexpected error; it has been logged.");
            }

            await problem.ExecuteAsync(context);
        }
    }

    public static async Task Authorize(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Endpoint>() is { } endpoint
            && await context.RequestServices.GetRequiredService<KeyAuthorization>().Refuse(context, endpoint.Access) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    // Routing sets these statuses and writes no body.
    private static IResult? Unmatched(HttpResponse response) => response is not { HasStarted: false, ContentType: null, ContentLength: null }
        ? null
        : response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problems.Of(
                response.StatusCode, "unknown-route", "There is no such route; the API is described at /docs."),
            StatusCodes.Status405MethodNotAllowed => Problems.Of(
                response.StatusCode, "method-not-allowed", "This route does not allow the method; see the header Allow."),
            StatusCodes.Status415UnsupportedMediaType => Problems.NotJson(),
            _ => null,
        };

    // The route's pattern, never the address: addresses may carry tokens.
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed")]
    private static partial void Failed(ILogger logger, string method, string endpoint, Exception exception);
}
