using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Calendar;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps;

/// <summary>When a step is due, and when it can never be.</summary>
public static class Schedule
{
    /// <summary>
    /// Days after its trigger from which a follow-up no longer waits for an anchor that never came. Ours: half a year covers the
    /// slowest delivery and ends what nobody will report on any more.
    /// </summary>
    public const int LongestWaitDays = 180;

    /// <summary>The cadence version a follow-up runs; none when the shop no longer has it.</summary>
    public static CadenceDocument? CadenceOf(FollowUp followUp, ShopFacts shop) =>
        shop.Cadences.FirstOrDefault(c => c.Slug == followUp.Cadence && c.Version == followUp.Version);

    /// <summary>The instant a step is due, by the facts known now; the fallback counts while the anchor itself is unknown.</summary>
    public static DateTimeOffset? Due(StepContext context) =>
        From(context, context.Step.Anchor) ?? (context.Step.FallbackAnchor is { } fallback ? From(context, fallback) : null);

    /// <summary>Why a step that is not due will never be; none while it may.</summary>
    public static string? UnreachableReason(StepContext context) =>
        context.Due is not null ? null
        : context.Step.Anchor.On != Anchor.PreviousStep ? context.At < GivenUpAt(context) ? null : $"nothing to count from {LongestWaitDays} days after the trigger"
        : context.PreviousStep is { } previous && context.FollowUp.StepOf(previous.Id).IsOver ? "the previous step was not sent"
        : null;

    /// <summary>When a step that waits for its anchor is given up.</summary>
    public static DateTimeOffset GivenUpAt(StepContext context) => context.FollowUp.TriggeredAt.AddDays(LongestWaitDays);

    private static DateTimeOffset? From(StepContext context, Anchor anchor) =>
        Instant(context, anchor.On) is { } instant ? LocalCalendar.AddDays(instant, anchor.Days, context.Zone) : null;

    private static DateTimeOffset? Instant(StepContext context, string on) => on switch
    {
        Anchor.Trigger => context.FollowUp.TriggeredAt,
        Anchor.PreviousStep => context.PreviousStep is { } previous ? context.FollowUp.StepOf(previous.Id).SentAt : null,
        _ => SubjectFacts.When(on, context.Customer, context.FollowUp),
    };
}
