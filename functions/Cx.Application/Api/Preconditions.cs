using System.Globalization;

namespace Cx.Application.Api;

/// <summary>ETags made of versions (RFC 9110): what was read is what is changed.</summary>
public static class Preconditions
{
    public static void WriteETag(this HttpResponse response, long version) => response.Headers.ETag = Tag(version);

    /// <exception cref="ApiProblem">412: the caller has seen another version, or none exists.</exception>
    public static void CheckMatch(this HttpRequest request, long version)
    {
        var wanted = request.Headers.IfMatch;
        if (wanted.Count == 0)
        {
            return;
        }

        var tags = wanted.SelectMany(header => (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (version == 0 || !tags.Any(tag => tag == "*" || tag == Tag(version)))
        {
            throw new ApiProblem(StatusCodes.Status412PreconditionFailed, "version-changed", "It changed since you read it: read it again, then change it.");
        }
    }

    private static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
