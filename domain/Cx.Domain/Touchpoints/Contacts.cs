using Cx.Domain.Privacy;

namespace Cx.Domain.Touchpoints;

/// <summary>The customer and the shop were in contact: a call, an e-mail, a chat, a letter.</summary>
/// <param name="Contact">The reporter's id of this contact; told twice, recorded once.</param>
/// <param name="ExpectsAnswer">Whether a clock starts: the customer waits for the shop's answer.</param>
public sealed record ContactMade(string Contact, ConversationId Conversation, Channel Channel, Direction Direction, Stage Stage, OrderId? Order, bool ExpectsAnswer, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>The shop answered in a conversation.</summary>
public sealed record ContactAnswered(string Contact, ConversationId Conversation, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A question was still open at its deadline, as <see cref="Silence.Deadlines"/> reckons it; dated at that deadline.</summary>
/// <param name="AskedAt">The instant of the question.</param>
public sealed record ContactLeftUnanswered(ConversationId Conversation, DateTimeOffset AskedAt, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>The shop learned that a complaint exists.</summary>
public sealed record ComplaintOpened(ComplaintId Complaint, OrderId? Order, Channel Channel, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A complaint was settled.</summary>
public sealed record ComplaintResolved(ComplaintId Complaint, Personal? Text, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with { Text = seal(Text) };
}

/// <summary>A visit to the shop: pages, a fair, the counter.</summary>
public sealed record VisitMade(string Visit, Channel Channel, Stage Stage, DateTimeOffset OccurredAt) : ICustomerEvent;
