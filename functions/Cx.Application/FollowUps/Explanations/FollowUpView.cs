using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>One follow-up of a customer.</summary>
public sealed record FollowUpView(
    FollowUpId Id, string Cadence, int Version, string Trigger, OrderId? Order, bool Control, DateTimeOffset TriggeredAt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, Reason? EndedFor,
    IReadOnlyList<StepView> Steps)
{
    /// <summary>With every step of the cadence; of one that the shop no longer has, the steps that something happened to.</summary>
    internal static FollowUpView Of(Customer customer, ShopFacts shop, FollowUpId id, DateTimeOffset at)
    {
        var followUp = customer.FollowUps[id];
        var looks = StepContext.AtAll(customer, shop, at).Where(l => l.Id == id).ToDictionary(l => l.Step.Id);
        var steps = followUp.CadenceIn(shop)?.Steps.Select(s => s.Id) ?? followUp.Steps.Keys;
        return new(
            id, followUp.Cadence, followUp.Version, followUp.Trigger, followUp.Order, followUp.Control, followUp.TriggeredAt, followUp.StartedAt, followUp.EndedAt, followUp.EndedFor,
            [.. steps.Select(step => StepView.Of(step, followUp.StepOf(step), looks.GetValueOrDefault(step)?.Due))]);
    }
}

/// <summary>How far a step is.</summary>
/// <param name="Reason">Why it waits, or will not happen.</param>
/// <param name="Due">When it was due, or, before that, when it is, by what is known now.</param>
/// <param name="Until">Held: when it is looked at again at the latest.</param>
public sealed record StepView(string Step, StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? Until, DateTimeOffset? SentAt, MessageId? Message)
{
    internal static StepView Of(string id, StepState state, DateTimeOffset? expected) =>
        new(id, state.Status, state.Reason, state.Due ?? expected, state.Status == StepStatus.Held ? state.Until : null, state.SentAt, state.Message);
}
