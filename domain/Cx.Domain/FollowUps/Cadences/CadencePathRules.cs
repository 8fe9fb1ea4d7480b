namespace Cx.Domain.FollowUps.Cadences;

/// <summary>Checks the steps that send nothing, and the paths that they lead to: that each step is on one path at most, and can be reached.</summary>
internal static class CadencePathRules
{
    internal static IEnumerable<CadenceError> Validate(CadenceDocument doc)
    {
        var steps = doc.Steps ?? [];
        foreach (var (i, step) in steps.Index())
        {
            foreach (var error in OfForm($"/steps/{i}", step).Concat(step.Kind == StepKind.WaitFor ? OfWait($"/steps/{i}", doc, step) : []))
                yield return error;
        }

        foreach (var error in OfPaths(steps))
            yield return error;
    }

    private static IEnumerable<CadenceError> OfForm(string path, Step step)
    {
        if (step.Sends)
        {
            (string Name, object? Value)[] leading = [("waitFor", step.WaitFor), ("then", step.Then), ("else", step.Else)];
            foreach (var (name, _) in leading.Where(f => f.Value is not null))
                yield return new($"{path}/{name}", $"a step of kind {JsonNaming.Kebab(step.Kind)} only sends", "leave it out, or put a step of kind wait-for or branch before it");
            yield break;
        }

        (string Name, object? Value)[] sending =
            [("channel", step.Channel), ("category", step.Category), ("template", step.Template), ("window", step.Window), ("weekdays", step.Weekdays), ("maxLateness", step.MaxLateness), ("variants", step.Variants)];
        foreach (var (name, _) in sending.Where(f => f.Value is not null))
            yield return new($"{path}/{name}", $"a step of kind {JsonNaming.Kebab(step.Kind)} sends nothing", "leave it out");
        if (step is { Kind: StepKind.Branch, Conditions: null or { Count: 0 } })
            yield return new($"{path}/conditions", "a branch needs conditions", "what must hold for the steps of 'then'; where it does not, those of 'else' happen");
        if (step is { Kind: StepKind.Branch, Then: null, Else: null })
            yield return new($"{path}/then", "a branch must lead to a step", "the ids of later steps, in 'then', in 'else', or in both");
        if (step is { Kind: StepKind.Branch, WaitFor: not null })
            yield return new($"{path}/waitFor", "a branch does not wait", "leave it out, or put a step of kind wait-for before it");
        if (step is { Kind: StepKind.WaitFor, Conditions: not null })
            yield return new($"{path}/conditions", "a wait-for has no conditions", "leave them out, or put a step of kind branch before it or after it");
    }

    private static IEnumerable<CadenceError> OfWait(string path, CadenceDocument doc, Step step)
    {
        if (step.WaitFor is not { } wait)
        {
            yield return new($"{path}/waitFor", "is missing", """{"on": "order-delivered", "timeout": "P14D"} says what is waited for, and how long""");
            yield break;
        }

        if (wait.On is null || !SubjectFacts.Exits.Contains(wait.On))
            yield return new($"{path}/waitFor/on", "not something that can be waited for", $"one of {CadenceValidator.Listed(SubjectFacts.Exits)}");
        else if (wait.On == doc.Trigger?.On && doc.FallbackTrigger is null && SubjectFacts.OrderEvents.Contains(wait.On))
            yield return new($"{path}/waitFor/on", "has always happened: it is the trigger", "leave the step out: its time is never up");
        else if (step.Then is not null && doc.Exits?.Any(e => e.On == wait.On && !e.OtherSubject && e.Ends(step.Id)) is true)
            yield return new($"{path}/then", $"is never reached: an exit ends the step on '{wait.On}'", "leave out the exit, or the path");
        if (wait.Timeout == default)
            yield return new($"{path}/waitFor/timeout", "must be longer than nothing", "a duration such as PT24H or P14D");
        else if (wait.Timeout.Days + wait.Timeout.Time.TotalDays > CadenceValidator.LongestDelayDays)
            yield return new($"{path}/waitFor/timeout", "out of range", $"at most P{CadenceValidator.LongestDelayDays}D");
    }

    // A path leads only to later steps, so that none leads back.
    private static IEnumerable<CadenceError> OfPaths(IReadOnlyList<Step> steps)
    {
        var on = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (i, owner) in steps.Index().Where(s => !s.Item.Sends))
        {
            var later = CadenceValidator.Listed(steps.Skip(i + 1).Select(s => s.Id ?? ""));
            foreach (var (name, path) in new[] { ("then", owner.Then), ("else", owner.Else) })
            {
                if (path is { Count: 0 })
                    yield return new($"/steps/{i}/{name}", "names no step", "leave it out where nothing happens");
                foreach (var (n, id) in (path ?? []).Index())
                {
                    var place = $"/steps/{i}/{name}/{n}";
                    var index = steps.Index().Where(s => s.Item.Id == id).Select(s => s.Index).DefaultIfEmpty(-1).First();
                    if (index < 0)
                        yield return new(place, $"no step is called '{id}'", $"one of {later}");
                    else if (index == i)
                        yield return new(place, "a step cannot be on its own path", $"one of {later}");
                    else if (index < i)
                        yield return new(place, $"'{id}' comes before: it would never be reached, or again and again", $"one of the steps after it: {later}");
                    else if (on.TryGetValue(id, out var other))
                        yield return new(place, $"'{id}' is on the path {other} as well", "a step is on one path at most; on none, it always happens");
                    on.TryAdd(id ?? "", place[..place.LastIndexOf('/')]);
                }
            }
        }
    }
}
