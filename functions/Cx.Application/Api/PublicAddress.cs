namespace Cx.Application.Api;

/// <summary>Where systems and people outside reach this host.</summary>
/// <param name="Url"><c>Cx__PublicUrl</c>, where it is set.</param>
public sealed record PublicAddress(Uri? Url)
{
    /// <summary>
    /// What every address of ours begins with, without a slash at the end. The request's own host counts only where nothing is set: whoever calls
    /// chooses it.
    /// </summary>
    public string Of(HttpRequest request) => Url?.AbsoluteUri.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}";
}
