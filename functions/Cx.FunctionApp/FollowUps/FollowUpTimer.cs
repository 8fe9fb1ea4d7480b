using Cx.Domain;

namespace Cx.FunctionApp.FollowUps;

/// <summary>What an orchestration knows: whose alarm clock it is. All else is in the event store, so nothing here says anything about a person.</summary>
public sealed record FollowUpTimer(ShopId Shop, CustomerId Customer, FollowUpId FollowUp);

/// <summary>When a follow-up wants to be looked at again.</summary>
/// <param name="Ended">Never: it has ended, or whoever it concerned is gone.</param>
/// <param name="At">The instant; none: when the customer's facts change.</param>
public sealed record NextLook(bool Ended, DateTimeOffset? At);
