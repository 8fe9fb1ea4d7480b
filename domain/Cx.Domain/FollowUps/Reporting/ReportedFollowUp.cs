using System.Collections.Immutable;
using Cx.Domain.FollowUps.Cadences;

namespace Cx.Domain.FollowUps.Reporting;

/// <summary>How far a step of a follow-up is, as far as a report counts it.</summary>
/// <param name="Version">The one under which it was last decided.</param>
/// <param name="WasHeld">Whether it was held at least once.</param>
/// <param name="Skipped">Why it was skipped; none: it was not.</param>
public sealed record ReportedStep(int Version, string? Variant, bool IsDue, bool WasHeld, bool IsSent, bool HasFailed, Reason? Skipped)
{
    public static ReportedStep New(int version, string? variant) => new(version, variant, false, false, false, false, null);
}

/// <summary>A follow-up as far as a report counts it.</summary>
/// <param name="Day">The day on which it started, in the shop's zone, as <c>yyyy-MM-dd</c>: all of it counts on that day.</param>
/// <param name="Started">The version by which it started.</param>
/// <param name="Variant">That of the first step that has variants; none: no step has.</param>
/// <param name="GoalAt">When the goal was reached; none: it was not.</param>
/// <param name="Variants">By step, of those that have variants.</param>
public sealed record ReportedFollowUp(
    string Cadence, int Version, int Started, string? Variant, OrderId? Order, bool Control, DateTimeOffset TriggeredAt, string Day, DateTimeOffset? GoalAt,
    ImmutableSortedDictionary<string, string> Variants, ImmutableSortedDictionary<string, ReportedStep> Steps)
{
    /// <param name="cadence">The version by which it starts; none where it is not known.</param>
    public static ReportedFollowUp Of(FollowUpStarted x, CadenceDocument? cadence, CustomerId customer, string day)
    {
        var variants = (cadence?.Steps ?? []).Select(s => (Step: s.Id, Cadences.Variant.Of(cadence!, s, customer)?.Id)).Where(v => v.Id is not null).ToList();
        return new(
            x.Cadence, x.Version, x.Version, variants is [var first, ..] ? first.Id : null, x.Order, x.Control, x.TriggeredAt, day, null,
            variants.ToImmutableSortedDictionary(v => v.Step, v => v.Id!, StringComparer.Ordinal), ImmutableSortedDictionary.Create<string, ReportedStep>(StringComparer.Ordinal));
    }

    public ReportedFollowUp After(IFollowUpEvent e) => e switch
    {
        FollowUpMigrated x => this with { Version = x.To },
        StepHeld x => With(x.Step, s => s with { IsDue = true, WasHeld = true }),
        StepSkipped x => With(x.Step, s => s with { IsDue = s.IsDue || x.Due is not null, Skipped = x.Reason }),
        StepSkippedByPerson x => With(x.Step, s => s with { Skipped = Reason.SkippedByPerson }),
        StepReopened x => With(x.Step, s => s with { Skipped = null }),
        StepPassed x => With(x.Step, s => s with { IsDue = true }),
        MessageQueued x => With(x.Step, s => s with { IsDue = true, Variant = x.Variant ?? s.Variant }),
        MessageAccepted x => With(x.Step, s => s with { IsSent = true, HasFailed = false }),
        MessageSettled x => With(x.Step, s => s with { IsSent = x.Delivered, HasFailed = !x.Delivered }),
        MessageFailed x => With(x.Step, s => s with { HasFailed = true }),
        MessageWithdrawn { Final: true } x => With(x.Step, s => s with { Skipped = x.Reason }),
        MessageWithdrawn x => With(x.Step, s => s with { WasHeld = true }),
        _ => this,
    };

    /// <summary>What it adds to the counts of its day, by their keys.</summary>
    internal IEnumerable<string> Counts()
    {
        var group = Control ? "control" : "treated";
        yield return ReportKeys.Group(Started, Variant, group, "started");
        if (GoalAt is not null)
            yield return ReportKeys.Group(Started, Variant, group, "goal");

        // What the control group does not get says nothing of the steps.
        foreach (var (id, step) in Control ? Steps.Clear() : Steps)
        {
            if (step.IsDue)
                yield return ReportKeys.Step(step.Version, id, step.Variant, "due");
            if (step.WasHeld)
                yield return ReportKeys.Step(step.Version, id, step.Variant, "held");
            if (step.IsSent)
                yield return ReportKeys.Step(step.Version, id, step.Variant, "sent");
            if (step.HasFailed)
                yield return ReportKeys.Step(step.Version, id, step.Variant, "failed");
            if (step.Skipped is { } reason)
                yield return ReportKeys.Step(step.Version, id, step.Variant, JsonNaming.Kebab(reason));
        }
    }

    private ReportedFollowUp With(string step, Func<ReportedStep, ReportedStep> change) => this with
    {
        Steps = Steps.SetItem(step, change(Steps.GetValueOrDefault(step) ?? ReportedStep.New(Version, Variants.GetValueOrDefault(step))) with { Version = Version }),
    };
}

/// <summary>What of a follow-up an event of the customer is compared with, to find a goal.</summary>
public sealed record ReportedTrigger(FollowUpId Id, string Cadence, int Version, OrderId? Order, DateTimeOffset TriggeredAt);

/// <summary>Some follow-ups of one customer, in the order in which they started.</summary>
public sealed record ReportedFollowUps(ImmutableList<ReportedTrigger> FollowUps);

/// <summary>How many follow-ups of a customer there are.</summary>
public sealed record ReportedCustomer(int FollowUps);

/// <summary>The zone in which the shop's days are counted from now on.</summary>
public sealed record ReportedZone(string TimeZone);

/// <summary>The counts of the follow-ups of one cadence that started on one day; what is 0 is left out.</summary>
public sealed record ReportedDay(ImmutableSortedDictionary<string, long> Counts);

/// <summary>The keys of the view's rows, and of the counts in them.</summary>
public static class ReportKeys
{
    public const string Zone = "zone";

    private const char Separator = '|';

    public static string FollowUp(FollowUpId id) => $"follow-up/{id}";

    public static string Customer(CustomerId id) => $"customer/{id}";

    public static string Chunk(CustomerId id, int number) => $"customer/{id}/{number}";

    public static string Version(string cadence, int version) => $"version/{cadence}/{version}";

    /// <summary>The prefix of a cadence's days.</summary>
    public static string Days(string cadence) => $"day/{cadence}/";

    public static string Day(string cadence, string day) => Days(cadence) + day;

    internal static string Group(int version, string? variant, string group, string what) => string.Join(Separator, "group", version, variant, group, what);

    internal static string Step(int version, string step, string? variant, string what) => string.Join(Separator, "step", version, variant, step, what);

    /// <summary>The parts of a count's key: whether of a step, the version, the variant, the step or group, and what is counted.</summary>
    internal static (bool IsStep, int Version, string? Variant, string Of, string What) Parts(string key)
    {
        var parts = key.Split(Separator);
        return (parts[0] == "step", int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[2].Length == 0 ? null : parts[2], parts[3], parts[4]);
    }
}
