using System.Text.RegularExpressions;
using Cx.Application.Api;

namespace Cx.Application.FollowUps.Templates;

/// <summary>How templates are named in addresses and streams.</summary>
internal static partial class TemplateNames
{
    public static bool IsValid(string name) => name.Length <= 60 && Name().IsMatch(name);

    /// <summary>A language tag as streams have it.</summary>
    /// <exception cref="ApiProblem">422: the name or the language is none.</exception>
    public static string Checked(string name, string language)
    {
        var lower = language.ToLowerInvariant();
        List<FieldError> errors =
        [
            .. IsValid(name) ? Array.Empty<FieldError>() : [new("/name", "is no name of a template", "letters a-z, digits and single hyphens, 60 at most")],
            .. lower.Length <= 20 && Language().IsMatch(lower) ? Array.Empty<FieldError>() : [new FieldError("/language", "is no language", "a BCP 47 tag such as it or pt-br")],
        ];
        return errors.Count == 0 ? lower : throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-template-name", "The address names no template; see errors.", errors);
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z]{2,3}(-[a-z0-9]{2,8})*$")]
    private static partial Regex Language();
}
