namespace Cx.Application.Intake.Sources;

/// <summary>What is wrong with one value of a touchpoint.</summary>
/// <param name="Path">A JSON pointer (RFC 6901) into the touchpoint; empty: the touchpoint itself.</param>
/// <param name="Message">For people; never holds the value.</param>
public sealed record TouchpointError(string Path, string Message)
{
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>What reading one touchpoint gave: a report, or all that is wrong with it.</summary>
/// <param name="Id">The touchpoint's own id, else the one given by whoever read it.</param>
public readonly record struct TouchpointReading(Report? Report, string? Id, IReadOnlyList<TouchpointError> Errors);
