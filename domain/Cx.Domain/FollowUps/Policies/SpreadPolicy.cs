using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>
/// What a pause or an outage held goes out spread over some hours, each order, or other subject, at an instant of a stable hash, and nothing of it in quiet hours. Transactional
/// messages go at once: customers wait for them. The wait is exempt from the maximum hold and from lateness, so that nothing is skipped for it.
/// </summary>
internal static class SpreadPolicy
{
    internal static Finding Spread(StepContext context)
    {
        if (context.Step.Category == Category.Transactional)
            return new("spread", "transactional: goes at once");
        if (Pauses(context).Where(p => p.To <= context.At).Select(p => (Pause: p, From: From(context, p))).ToList() is not { Count: > 0 } spreads)
            return new("spread", "nothing held it up");
        if (context.SendNow is { } now)
            return TimingPolicies.Waived("spread", now);

        var (pause, from) = spreads.MaxBy(s => s.From);
        var evidence = $"nothing was sent from {Utc(pause.From)} to {Utc(pause.To)}, and what that held is spread: this from {Utc(from)}";
        return from > context.At ? new("spread", evidence, Reason.SpreadOut, Until: from) : new("spread", evidence);
    }

    /// <summary>From when to when the step is held for this.</summary>
    internal static IEnumerable<(DateTimeOffset From, DateTimeOffset To)> Spans(StepContext context) =>
        context.Step.Category == Category.Transactional ? [] : Pauses(context).Select(p => (p.To, From(context, p)));

    // Those that held the step: it was due before their end.
    private static IEnumerable<SendingPause> Pauses(StepContext context)
    {
        var ofCadence = context.Shop.Standings.GetValueOrDefault(context.Cadence.Slug)?.Pauses ?? [];
        return context.Shop.Pauses.Count + ofCadence.Count == 0 || context.Due is not { } due ? []
            : context.Shop.Pauses.Concat(ofCadence).Where(p => due < p.To);
    }

    // Counted from when the step may go again. What would be carried into quiet hours is spread anew from their end; a step with a window of its own that it would
    // be carried past goes when that opens.
    private static DateTimeOffset From(StepContext context, SendingPause pause)
    {
        if (TimingPolicies.Allowed(context, pause.To) is not { } opens)
            return pause.To;

        var most = TimeSpan.FromHours(context.Shop.Policy.SpreadHours);
        var wait = (pause.Length < most ? pause.Length : most) * StableHash.Spread(Subject(context));
        return IsAllowed(opens + wait) ? opens + wait
            : context.Step.Window is not null || context.Step.Weekdays is not null || TimingPolicies.Allowed(context, opens + wait) is not { } next ? opens
            : IsAllowed(next + wait) ? next + wait
            : next;

        bool IsAllowed(DateTimeOffset at) => TimingPolicies.Allowed(context, at) == at;
    }

    private static string Subject(StepContext context) => context.FollowUp.Order?.Value ?? context.FollowUp.Subject?.Id ?? context.Customer.Id.Value;
}
