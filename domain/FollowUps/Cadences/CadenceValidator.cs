namespace Cx.Domain.FollowUps.Cadences;

/// <param name="Path">JSON pointer into the document.</param>
public sealed record CadenceError(string Path, string Message);

public static class CadenceValidator
{
    public static IReadOnlyList<CadenceError> Validate(CadenceDocument doc) => [];
}
