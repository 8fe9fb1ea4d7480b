using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>The kind of an opinion.</summary>
public enum OpinionKind { Csat, Nps, Ces, Stars, Mention }

/// <param name="Value">In the kind's own unit: 1-5, 0-10, 1-7, 1-5 stars, sentiment -1 to 1.</param>
/// <param name="Audience">Of a mention; else 0.</param>
public sealed record Opinion(OpinionKind Kind, double Value, long Audience, Channel Channel, Stage Stage, OrderId? Order, DateTimeOffset At);

public sealed record SpamReport(DateTimeOffset At, Channel Channel);
