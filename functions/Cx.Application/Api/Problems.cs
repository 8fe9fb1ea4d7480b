using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Cx.Application.EventStore;
using Cx.Domain;
using Npgsql;

namespace Cx.Application.Api;

/// <summary>A request that cannot be served, with what to tell the caller.</summary>
/// <param name="code">Stable, kebab-case.</param>
/// <param name="detail">Names what is wrong; never a personal value or a secret.</param>
/// <param name="warnings">What was seen besides, and is not refused.</param>
public sealed class ApiProblem(int status, string code, string detail, IReadOnlyList<FieldError>? errors = null, IReadOnlyList<FieldError>? warnings = null) : Exception(detail)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public IReadOnlyList<FieldError>? Errors { get; } = errors;

    public IReadOnlyList<FieldError>? Warnings { get; } = warnings;
}

/// <summary>What is wrong with one field.</summary>
/// <param name="Path">JSON pointer into the request.</param>
/// <param name="Hint">What would be right, where the message does not say it.</param>
public sealed record FieldError(
    string Path, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Hint = null)
{
    /// <summary>The same place, by the name that RFC 9457 uses for it.</summary>
    public string Pointer => Path;

    /// <summary>The line within a text, from 1; none where the whole field is meant.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Line { get; init; }

    /// <summary>The column within that line, from 1, in UTF-16 units.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Column { get; init; }
}

/// <summary>What a refusal answers: problem details (RFC 9457), with a stable code.</summary>
/// <param name="Errors">What is wrong, field by field, where the request has fields.</param>
/// <param name="Warnings">What was seen besides, and is not refused.</param>
public sealed record Problem(
    string Type, string Title, int Status, string Detail, string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Errors = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Warnings = null);

/// <summary>The one place where failures become problem details (RFC 9457) with a stable <c>code</c>.</summary>
public static partial class Problems
{
    public const string MediaType = "application/problem+json";

    // By this System.Text.Json marks its own exceptions where it reads a text that is not valid UTF-16.
    private const string InvalidText = "System.Text.Json.Rethrowable";

    public static IResult Of(int status, string code, string detail, IReadOnlyList<FieldError>? errors = null, IReadOnlyList<FieldError>? warnings = null) =>
        Results.Json(new Problem("about:blank", Title(status), status, detail, code, errors, warnings), ApiJson.Options, MediaType, status);

    /// <summary>The customer was erased.</summary>
    public static ApiProblem Erased() =>
        new(StatusCodes.Status410Gone, "customer-erased", "This customer was erased; nothing personal is left.");

    /// <summary>The body is of another media type.</summary>
    public static IResult NotJson() =>
        Of(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "Send JSON, as Content-Type: application/json.");

    /// <summary>The answer to an exception; none when it is a bug, which is answered as 500 and logged.</summary>
    public static IResult? Of(Exception exception) => exception switch
    {
        ApiProblem x => Of(x.Status, x.Code, x.Message, x.Errors, x.Warnings),
        RuleBrokenException x => Of(StatusCodes.Status409Conflict, x.Code, x.Message),
        UnknownShopException x => Of(StatusCodes.Status404NotFound, "unknown-shop", x.Message),
        UnknownCustomerException x => Of(StatusCodes.Status404NotFound, "unknown-customer", x.Message),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Of(
            StatusCodes.Status413PayloadTooLarge, "body-too-large", "The body is larger than is taken."),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => NotJson(),
        BadHttpRequestException x => Of(x.StatusCode, "bad-request", Detail(x)),
        JsonException x => Of(
            StatusCodes.Status400BadRequest, "invalid-json", $"The body is not the JSON that is expected, at '{x.Path}'."),
        InvalidOperationException { Source: InvalidText } => Of(
            StatusCodes.Status400BadRequest, "invalid-json", "A text in the body is not valid Unicode: it holds half a surrogate pair."),
        NpgsqlException x when IsUnavailable(x) => Of(
            StatusCodes.Status503ServiceUnavailable, "store-unavailable", "The store cannot be reached; nothing was changed. Try again."),
        NewerVersionException => Of(
            StatusCodes.Status503ServiceUnavailable, "newer-version",
            "This instance is older than what is stored of this customer; nothing was changed. Try again: a newer one answers."),
        PayloadUnreachableException x => Of(StatusCodes.Status503ServiceUnavailable, "payload-unreachable", x.Message),
        TimeoutException => Of(
            StatusCodes.Status503ServiceUnavailable, "store-unavailable",
            "The store did not answer in time; nothing was changed. Try again."),
        _ => null,
    };

    // The framework's own sentences about parameters name .NET types and repeat the value.
    private static string Detail(BadHttpRequestException e) => e.InnerException is JsonException json
        ? $"The body is not the JSON that is expected, at '{json.Path}'."
        : Parameter().Match(e.Message) is not { Success: true } parameter ? e.Message
        : parameter.Groups["name"].Value is "body" ? "The body is missing, or is not the JSON that is expected."
        : $"The parameter '{parameter.Groups["name"].Value}' is missing, or does not have the form that is expected.";

    [GeneratedRegex("parameter \"(?:[^\"]* )?(?<name>\\w+)\"")]
    private static partial Regex Parameter();

    // Connection failures, and the classes of errors by which PostgreSQL says that it, not the statement, is in trouble.
    private static bool IsUnavailable(NpgsqlException e) =>
        e is not PostgresException p || p.SqlState[..2] is "08" or "53" or "57" or "58" || p.SqlState is "40001" or "40P01" or "25006" or "55000";

    private static string Title(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
}
