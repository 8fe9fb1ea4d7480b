namespace Cx.Application.FollowUps.Templates;

/// <summary>A template, or one of its parts, does not exist.</summary>
public sealed class TemplateMissingException(string name) : Exception($"There is no template '{name}'.")
{
    public string Template { get; } = name;
}
