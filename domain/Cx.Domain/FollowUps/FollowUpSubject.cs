using Cx.Domain.Customers;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps;

/// <summary>What a follow-up may be about besides an order. The names are stored.</summary>
public enum SubjectKind
{
    Complaint,

    /// <summary>A review or an answer to a rating question, by its latest statement.</summary>
    Rating,

    /// <summary>The first of the questions in a conversation that no answer follows.</summary>
    Question,

    Checkout,

    /// <summary>A purchase that none followed in time.</summary>
    Silence,
}

/// <summary>What a follow-up is about, where that is no order.</summary>
/// <param name="Id">
/// The item's id as it is stored: a keyed hash wherever a person may have typed it. Of a question, the conversation's; of a silence, the second since 1970 of the
/// purchase that it counts from.
/// </param>
/// <param name="Contact">The contact by which a question was asked; else none.</param>
public sealed record FollowUpSubject(SubjectKind Kind, string Id, string? Contact = null)
{
    /// <summary>What the follow-up's id is made of. That of a complaint has been its bare id from the beginning.</summary>
    internal string Key => Kind switch
    {
        SubjectKind.Complaint => Id,
        SubjectKind.Question => $"question:{Id}/{Contact}",
        _ => $"{JsonNaming.Kebab(Kind)}:{Id}",
    };

    /// <summary>Whether an event is about the same thing.</summary>
    public bool IsOf(IEvent e) => e switch
    {
        ComplaintOpened x => Is(SubjectKind.Complaint, x.Complaint.Value),
        ComplaintResolved x => Is(SubjectKind.Complaint, x.Complaint.Value),
        FeedbackGiven x => Is(SubjectKind.Rating, CustomerFold.OpinionOf(x)),
        ReviewPosted x => Is(SubjectKind.Rating, CustomerFold.OpinionOf(x)),
        ContactMade x => Is(SubjectKind.Question, x.Conversation.Value),
        ContactAnswered x => Is(SubjectKind.Question, x.Conversation.Value),
        ContactLeftUnanswered x => Is(SubjectKind.Question, x.Conversation.Value),
        CheckoutStarted x => Is(SubjectKind.Checkout, x.Checkout),
        PurchaseOverdue x => new Silent(x.LastPurchaseAt, x.OccurredAt).Subject == this,
        _ => false,
    };

    /// <summary>The rows of the customer's state that it is read from.</summary>
    internal IEnumerable<ItemKey> Rows() => Kind switch
    {
        SubjectKind.Complaint => [new(ItemKind.Complaint, Id)],
        SubjectKind.Rating => [new(ItemKind.Opinion, Id)],
        SubjectKind.Question => [new(ItemKind.Conversation, Id), ItemKey.Contact(new(Id), Contact!)],
        SubjectKind.Checkout => [new(ItemKind.Checkout, Id)],
        _ => [],
    };

    private bool Is(SubjectKind kind, string id) => kind == Kind && id == Id;
}
