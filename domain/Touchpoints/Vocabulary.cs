namespace Cx.Domain.Touchpoints;

/// <summary>Where a contact took place.</summary>
public enum Channel { Web, Email, Phone, InPerson, Social, Chat, Messaging, Post }

/// <summary>Who reached out: inbound is from the customer to the shop.</summary>
public enum Direction { Inbound, Outbound }

/// <summary>The step of the customer's journey a contact belongs to.</summary>
public enum Stage { Need, Information, Evaluation, Decision, PostSale }
