using Cx.Domain.Explaining;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>Says an explanation in sentences, in the language of the sentences.</summary>
public static class CadenceSentences
{
    private const int MostOrders = 3;

    /// <param name="keyNames">The names of the shop's keys, by id.</param>
    public static CadenceExplanation In(this CadenceExplanation why, Sentences say, IReadOnlyDictionary<string, string> keyNames)
    {
        var said = why with
        {
            Language = say.Language,
            Reasons = [.. why.Reasons.Select(r => Reason(r with { ByName = r.By is { } by ? keyNames.GetValueOrDefault(by) : null }, say))],
            Triggers = [.. why.Triggers.Select(t => t with { Text = Trigger(t, why.PublishedAt, say) })],
            FollowUps = [.. why.FollowUps.Select(f => f with { Text = FollowUp(f, say), Steps = [.. f.Steps.Select(s => s with { Text = Step(s, say) })] })],
        };
        return said with { Summary = [.. Summary(said, say)] };
    }

    private static IEnumerable<string> Summary(CadenceExplanation why, Sentences say)
    {
        var verdict = why.Verdict is WhyCode.Running or WhyCode.Ended or WhyCode.NeverTriggered or WhyCode.Draft or WhyCode.CadenceArchived ? JsonNaming.Kebab(why.Verdict) : "other";
        yield return say.Say($"verdict.{verdict}", ("cadence", why.Name), ("event", why.Events));
        foreach (var reason in why.Reasons)
            yield return reason.Text;

        if (why.FollowUps is [var latest, ..])
        {
            yield return latest.Text;
            foreach (var step in latest.Steps)
                yield return step.Text;
            yield return why.Next is { } next
                ? say.Say($"next.{JsonNaming.Kebab(next.Outlook)}", ("step", next.Step), ("at", next.At), ("reason", next.Reason is { } reason ? say.Of(reason) : null))
                : say.Say("next.none");
        }
        else if (why.Triggers is [var trigger, ..])
        {
            yield return trigger.Text;
        }
        else if (why.Orders.Count == 0)
        {
            yield return say.Say("order.none");
        }
        else
        {
            foreach (var order in why.Orders.Take(MostOrders))
                yield return say.Say("order.known", ("order", order.Order.Value), ("facts", order.Events.OrderBy(e => e.Value).Select(e => $"{say.Word("event", e.Key)} ({say.Date(e.Value)})")));
        }
    }

    private static WhyReason Reason(WhyReason reason, Sentences say) => reason with
    {
        Text = say.Say($"why.{JsonNaming.Kebab(reason.Code)}", ("since", reason.Since), ("subject", reason.Subject), ("source", reason.By), ("key", Key(reason, say))),
    };

    private static string? Key(WhyReason reason, Sentences say) => reason switch
    {
        { By: null } => null,
        { ByName: { } name } => say.Say("follow-up.key", ("name", name), ("by", reason.By)),
        _ => say.Say("follow-up.unnamed-key", ("by", reason.By)),
    };

    private static string Trigger(TriggerExplanation trigger, DateTimeOffset? publishedAt, Sentences say) => string.Join(' ',
    [
        say.Say(
            $"trigger.{JsonNaming.Kebab(trigger.Outcome)}", ("event", trigger.Event), ("order", trigger.Order?.Value), ("at", trigger.HappenedAt), ("recorded", trigger.RecordedAt),
            ("version", trigger.Version), ("days", Entry.OldestTrigger.Days), ("published", publishedAt), ("last", trigger.Last), ("until", trigger.Until)),
        .. trigger.Conditions.Select(c => say.Say(
            "trigger.condition", ("fact", c.Fact), ("then", Value(c.Then, say)), ("now", Value(c.Now, say)), ("is", JsonNaming.Kebab(c.Is)), ("wanted", c.Wanted))),
    ]);

    private static string FollowUp(FollowUpExplanation followUp, Sentences say)
    {
        var text = say.Say(
            followUp.EndedAt is null ? "follow-up.running" : "follow-up.ended", ("id", followUp.Id.Value), ("order", followUp.Order?.Value), ("version", followUp.Version),
            ("started", followUp.StartedAt), ("ended", followUp.EndedAt), ("reason", followUp.EndedFor is { } reason ? say.Of(reason) : null));
        return followUp.Control ? $"{text} {say.Say("why.control-group")}" : text;
    }

    private static string Step(StepExplanation step, Sentences say)
    {
        var key = step switch
        {
            { WaitsFor: not null } => "waiting",
            { Status: StepStatus.Pending, Due: null, Forecast.Count: 0 } => "over",
            _ => JsonNaming.Kebab(step.Status),
        };
        return string.Join(' ',
        [
            say.Say(
                $"step.{key}", ("step", step.Step), ("at", step.SentAt), ("message", step.Message?.Value), ("reason", step.Reason is { } reason ? say.Of(reason) : null),
                ("until", step.Until), ("event", step.WaitsFor), ("due", step.Due),
                ("outcome", Outcome(step.Outcome))),
            .. step.Forecast.Select(f => say.Say(
                $"step.{JsonNaming.Kebab(f.Outlook)}", ("at", f.At), ("reason", f.Reason is { } why ? say.Of(why) : null), ("until", f.Until), ("outcome", Outcome(f.Outcome)))),
        ]);
    }

    private static string? Outcome(StepOutcome? outcome) => outcome is { } known ? JsonNaming.Kebab(known) : null;

    private static string Value(string? value, Sentences say) => say.Word("value", value ?? "not known");
}
