using System.Globalization;
using System.Text.RegularExpressions;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>One thing wrong with a cadence document, or worth a second look.</summary>
/// <param name="Pointer">JSON pointer to it (RFC 6901): <c>/steps/2/anchor/on</c>.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Hint">What would be right.</param>
public sealed record CadenceError(string Pointer, string Message, string Hint);

/// <summary>Checks a cadence document before it is published.</summary>
public static partial class CadenceValidator
{
    private const string SlugHint = "1-63 lower-case letters, digits and inner hyphens";

    internal const int LongestDelayDays = 730;

    /// <summary>Ours: each is decided with every event of the customer, and nobody reads more.</summary>
    internal const int MostSteps = 100;

    private const int LongestName = 200;

    /// <summary>Everything that is wrong with a document, at once; nothing when it can be published.</summary>
    public static IReadOnlyList<CadenceError> Validate(CadenceDocument doc)
    {
        List<CadenceError> errors = [.. Head(doc)];
        var steps = doc.Steps ?? [];
        if (steps.Count == 0)
            errors.Add(new("/steps", "a cadence needs at least one step", "say what is to be done, and when"));
        if (steps.Count > MostSteps)
            errors.Add(new("/steps", "has too many steps", $"at most {MostSteps}: what goes on may be another cadence, with a trigger of its own"));
        foreach (var (i, step) in steps.Index())
            errors.AddRange(OfStep($"/steps/{i}", step, i, steps).Concat(OfAlert($"/steps/{i}", step, doc)));
        foreach (var (i, exit) in (doc.Exits ?? []).Index())
            errors.AddRange(OfExit($"/exits/{i}", exit, steps));
        errors.AddRange(CadencePathRules.Validate(doc));
        errors.AddRange(CadenceConditions.Validate(doc));
        return errors;
    }

    /// <summary>What can be published, and may still not be meant.</summary>
    /// <param name="published">The version that is followed; none: there is none.</param>
    public static IReadOnlyList<CadenceError> Warnings(CadenceDocument doc, CadenceDocument? published) =>
    [
        .. from s in doc.Steps.Index()
           where s.Item is { Anchor.On: not (Anchor.Trigger or Anchor.PreviousStep), FallbackAnchor: null }
           select new CadenceError(
               $"/steps/{s.Index}/anchor", $"as long as '{s.Item.Anchor.On}' is not known, nothing happens", "a fallbackAnchor says what counts meanwhile"),
        .. from step in published?.Steps ?? []
           where doc.Steps.All(s => s.Id != step.Id)
           select new CadenceError(
               "/steps", $"the step '{step.Id}' of version {published!.Version} is gone", "with running \"migrate\" it is skipped; keep its id where it is the same step"),
        .. doc.ControlShare < 1 ? [] : new[] { new CadenceError("/controlShare", "everybody is in the control group: nobody gets anything", "0.1 leaves one in ten without") },
    ];

    private static IEnumerable<CadenceError> Head(CadenceDocument doc)
    {
        if (doc.Slug is null || !Slug().IsMatch(doc.Slug))
            yield return new("/slug", "is no slug", SlugHint);
        if (doc.Version < 0)
            yield return new("/version", "cannot be negative", "leave it out: it is given at publishing");
        if (string.IsNullOrWhiteSpace(doc.Name) || doc.Name.Length > LongestName)
            yield return new("/name", "is empty or too long", $"1 to {LongestName} characters for the people who configure it");
        if (doc.Trigger?.On is not { } on || !SubjectFacts.Triggers.Contains(on))
            yield return new("/trigger/on", "not a trigger", $"one of {Listed(SubjectFacts.Triggers)}");
        if (doc.FallbackTrigger is { On: var other } && (other is null || !SubjectFacts.Triggers.Contains(other) || other == doc.Trigger?.On))
            yield return new("/fallbackTrigger/on", "not another trigger", $"one of {Listed(SubjectFacts.Triggers.Where(t => t != doc.Trigger?.On))}");
        if (doc.Exits is null)
            yield return new("/exits", "must be given", "a list, which may be empty");
        if (doc.ControlShare is not (>= 0 and <= 1))
            yield return new("/controlShare", "out of range", "between 0 and 1");
        if (doc.Reentry?.After is { } after && (after <= TimeSpan.Zero || after > TimeSpan.FromDays(LongestDelayDays)))
            yield return new("/reentry/after", "out of range", $"longer than nothing, and at most P{LongestDelayDays}D");
        else if (doc.Reentry is { Once: true, After: not null })
            yield return new("/reentry/after", "is never asked, because it starts once", "leave it out, or once");
        if (doc.Reentry is { Once: false, WhileRunning: true, After: null })
            yield return new("/reentry", "says nothing: a cadence always starts once for each subject", """{"once": true}, {"whileRunning": false} or {"after": "P90D"}; or leave it out""");
    }

    private static IEnumerable<CadenceError> OfStep(string path, Step step, int index, IReadOnlyList<Step> steps)
    {
        if (step.Id is null || !Slug().IsMatch(step.Id))
            yield return new($"{path}/id", "is no id", SlugHint);
        else if (steps.Take(index).Any(s => s.Id == step.Id))
            yield return new($"{path}/id", $"'{step.Id}' is used before", "ids are unique in a cadence");
        if (step is { Sends: true, Channel: null })
            yield return new($"{path}/channel", "is missing", $"one of {string.Join(", ", Enum.GetValues<Channel>().Select(JsonNaming.Kebab))}");
        if (step is { Sends: true, Category: null })
            yield return new($"{path}/category", "is missing", $"one of {string.Join(", ", Enum.GetValues<Category>().Select(JsonNaming.Kebab))}");
        if (step.Sends && string.IsNullOrWhiteSpace(step.Template))
            yield return new($"{path}/template", step.Template is null ? "is missing" : "cannot be empty", "the name of a template");
        foreach (var error in OfVariants($"{path}/variants", step.Sends ? step.Variants : null))
            yield return error;
        if (step.MaxLateness <= TimeSpan.Zero)
            yield return new($"{path}/maxLateness", "must be longer than nothing", "a duration such as PT24H or P14D");
        if (step.Weekdays is { Count: 0 })
            yield return new($"{path}/weekdays", "names no day", "leave it out for every day");
        if (step is { Kind: StepKind.Offer, Category: not (null or Category.Marketing) })
            yield return new($"{path}/category", "an offer is marketing", "marketing");
        if (step is { IsForShop: true, Category: not Category.Transactional })
            yield return new($"{path}/category", "an alert to the shop is no marketing and asks nobody's consent", "transactional");
        if (step.IsForShop && step is not ({ Kind: StepKind.Message, Channel: Channel.Email } or { Kind: StepKind.Webhook, Channel: Channel.Web }))
            yield return new($"{path}/channel", "the shop is alerted by a message of the channel email, or by a webhook of the channel web", "email, or web");
        foreach (var error in OfAnchor($"{path}/anchor", step.Anchor, index))
            yield return error;
        if (step.FallbackAnchor is { } fallback)
        {
            foreach (var error in OfAnchor($"{path}/fallbackAnchor", fallback, index))
                yield return error;
            if (step.Anchor?.On is Anchor.Trigger or Anchor.PreviousStep)
                yield return new($"{path}/fallbackAnchor", $"'{step.Anchor.On}' needs no fallback", "leave it out: only an event may be unknown");
        }
    }

    // Alerts and targets are about questions.
    private static IEnumerable<CadenceError> OfAlert(string path, Step step, CadenceDocument doc)
    {
        var isAboutQuestion = new[] { doc.Trigger, doc.FallbackTrigger }.All(t => t is null or { On: "contact-made" });
        if (step.IsForShop && !isAboutQuestion)
            yield return new($"{path}/to", "only a question that is not answered alerts the shop", "a cadence whose trigger is contact-made");
        if (!isAboutQuestion && step.Anchor?.OfTarget is not null)
            yield return new($"{path}/anchor/ofTarget", "only a question has a target", "a cadence whose trigger is contact-made");
    }

    private static IEnumerable<CadenceError> OfAnchor(string path, Anchor? anchor, int index)
    {
        if (anchor is null)
        {
            yield return new(path, "must be given", "{\"on\": \"trigger\"} counts from the trigger");
            yield break;
        }

        if (anchor.On == Anchor.PreviousStep && index == 0)
            yield return new($"{path}/on", "the first step has no previous step", "trigger, or an event");
        else if (anchor.On is null || (anchor.On is not (Anchor.Trigger or Anchor.PreviousStep) && !SubjectFacts.Anchors.Contains(anchor.On)))
            yield return new($"{path}/on", "not an anchor", $"trigger, previous-step, or one of {Listed(SubjectFacts.Anchors)}");
        if (anchor.Days is < 0 or > LongestDelayDays)
            yield return new($"{path}/days", "out of range", $"between 0 and {LongestDelayDays}");
        if (anchor.OfTarget is { } share && (share is not (> 0 and <= 1) || anchor is not { Days: 0, Delay: null } || anchor.On is not (Anchor.Trigger or "contact-made")))
            yield return new($"{path}/ofTarget", "is the share of the target that has passed since a question", "above 0 and up to 1, without days or delay, on trigger or contact-made");
        if (anchor is { Days: not 0, Delay: not null })
            yield return new($"{path}/delay", "days are given as well", "leave one of them out");
        else if (anchor.Delay is { } delay && delay.Days + delay.Time.TotalDays > LongestDelayDays)
            yield return new($"{path}/delay", "out of range", $"at most P{LongestDelayDays}D");
    }

    private static IEnumerable<CadenceError> OfVariants(string path, IReadOnlyList<Variant>? variants)
    {
        if (variants is null)
            yield break;
        if (variants.Count < 2)
            yield return new(path, "needs two variants at least", """[{"id": "a", "share": 0.5, "template": …}, {"id": "b", "share": 0.5, "template": …}]; or leave it out""");
        foreach (var (i, variant) in variants.Index())
        {
            if (variant.Id is null || !Slug().IsMatch(variant.Id))
                yield return new($"{path}/{i}/id", "is no id", SlugHint);
            else if (variants.Take(i).Any(v => v.Id == variant.Id))
                yield return new($"{path}/{i}/id", $"'{variant.Id}' is used before", "ids are unique in a step");
            if (variant.Share is not (> 0 and <= 1))
                yield return new($"{path}/{i}/share", "out of range", "above 0, and at most 1");
            if (string.IsNullOrWhiteSpace(variant.Template))
                yield return new($"{path}/{i}/template", "cannot be empty", "the name of a template");
        }

        // Shares as people write them do not add up to the last digit: three thirds.
        if (variants.Count >= 2 && Math.Abs(variants.Sum(v => v.Share) - 1) > 0.001)
            yield return new(path, string.Create(CultureInfo.InvariantCulture, $"the shares are {variants.Sum(v => v.Share):0.###} together, not 1"), "shares that are 1 together");
    }

    private static IEnumerable<CadenceError> OfExit(string path, Exit exit, IReadOnlyList<Step> steps)
    {
        if (exit.On is null || !SubjectFacts.Exits.Contains(exit.On))
            yield return new($"{path}/on", "not an exit", $"one of {Listed(SubjectFacts.Exits)}");
        else if (exit.OtherSubject && !SubjectFacts.OrderEvents.Contains(exit.On))
            yield return new($"{path}/otherSubject", "only an event of an order can be another order's", "leave it out");
        if (exit.Steps is { Count: 0 })
            yield return new($"{path}/steps", "names no step", "leave it out to end all");
        foreach (var (i, id) in (exit.Steps ?? []).Index().Where(x => steps.All(s => s.Id != x.Item)))
            yield return new($"{path}/steps/{i}", $"no step is called '{id}'", $"one of {Listed(steps.Select(s => s.Id ?? ""))}");
    }

    internal static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex Slug();
}
