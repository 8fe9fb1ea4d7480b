namespace Cx.Domain.FollowUps.Cadences;

/// <summary>One of the two paths that a wait-for or a branch leads to.</summary>
/// <param name="Owner">The id of the step that leads to it.</param>
internal readonly record struct StepPath(string Owner, bool IsThen);

/// <summary>Which steps are on which path, and what each of them follows.</summary>
internal static class CadencePaths
{
    /// <summary>The path that a step is on; none where it always happens.</summary>
    internal static StepPath? Of(CadenceDocument cadence, string step)
    {
        foreach (var owner in cadence.Steps)
        {
            if (owner.Then?.Contains(step) is true)
                return new(owner.Id, IsThen: true);
            if (owner.Else?.Contains(step) is true)
                return new(owner.Id, IsThen: false);
        }

        return null;
    }

    /// <summary>The last step before it on the same path; before the first of a path, the step that leads to it. None: it is the first of the cadence.</summary>
    internal static Step? Previous(CadenceDocument cadence, Step step)
    {
        var path = Of(cadence, step.Id);
        Step? previous = null;
        foreach (var earlier in cadence.Steps)
        {
            if (earlier.Id == step.Id)
                break;
            if (earlier.Id == path?.Owner || Of(cadence, earlier.Id) == path)
                previous = earlier;
        }

        return previous;
    }

    /// <summary>Whether a step cannot happen before another has: it is on a path of it or counts from it, or follows one that is or does.</summary>
    internal static bool Follows(CadenceDocument cadence, Step step, string earlier)
    {
        var leading = new[] { Of(cadence, step.Id)?.Owner, step.Anchor.On == Anchor.PreviousStep ? Previous(cadence, step)?.Id : null };
        return leading.OfType<string>().Any(id => id == earlier || (cadence.Steps.FirstOrDefault(s => s.Id == id) is { } s && Follows(cadence, s, earlier)));
    }
}
