namespace Cx.Application.Api;

/// <summary>What is around every handler: who may not pass, and what becomes of an exception or of an address that nobody answers.</summary>
internal static partial class Failures
{
    public static async Task Handle(HttpContext context, RequestDelegate next)
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
                Failed(context.RequestServices.GetRequiredService<ILogger<Gate>>(), context.Request.Method, context.GetEndpoint()?.DisplayName ?? "?", e);
                problem = Problems.Of(StatusCodes.Status500InternalServerError, "internal-error", "This is a bug of ours; it has been logged.");
            }

            await problem.ExecuteAsync(context);
        }
    }

    public static async Task Admit(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Endpoint>() is { } endpoint
            && await context.RequestServices.GetRequiredService<Gate>().Refuse(context, endpoint.Access) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    // What routing refuses, it refuses without a word.
    private static IResult? Unmatched(HttpResponse response) => response is not { HasStarted: false, ContentType: null, ContentLength: null } ? null : response.StatusCode switch
    {
        StatusCodes.Status404NotFound => Problems.Of(response.StatusCode, "unknown-route", "There is nothing here; see /openapi/v1.json."),
        StatusCodes.Status405MethodNotAllowed => Problems.Of(response.StatusCode, "method-not-allowed", "This address does not take this method; see the header Allow."),
        StatusCodes.Status415UnsupportedMediaType => Problems.NotJson(),
        _ => null,
    };

    // The route's pattern, never the address: addresses may carry tokens.
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Endpoint} failed")]
    private static partial void Failed(ILogger logger, string method, string endpoint, Exception exception);
}
