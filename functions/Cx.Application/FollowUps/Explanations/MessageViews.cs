using Cx.Application.FollowUps.Email;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Touchpoints;

namespace Cx.Application.FollowUps.Explanations;

/// <summary>A message in a list.</summary>
/// <param name="NotBefore">Queued: the earliest instant of the next attempt.</param>
public sealed record MessageSummary(
    MessageId Id, CustomerId Customer, FollowUpId FollowUp, string Step, string Template, string Channel, string Category, OrderId? Order, string State, DateTimeOffset QueuedAt,
    DateTimeOffset? NotBefore);

/// <summary>One message.</summary>
/// <param name="Written">As it was handed over, or, before that, as it would be now; none once the customer is erased or while it cannot be written.</param>
/// <param name="History">Everything that happened to it.</param>
public sealed record MessageDetails(
    MessageId Id, CustomerId Customer, FollowUpId FollowUp, string Step, MessageStatus State, Channel Channel, Category Category, string Template, string Language, OrderId? Order,
    DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? AttemptedAt, DateTimeOffset? RetryAt, WrittenMessage? Written, IReadOnlyList<EventView> History)
{
    internal static MessageDetails Of(MessageId id, Customer customer, WrittenMessage? written, IReadOnlyList<EventView> history)
    {
        var m = customer.Messages[id];
        return new(
            id, customer.Id, m.FollowUp, m.Step, m.Status, m.Channel, m.Category, m.Template, m.Language, m.Order, m.QueuedAt, m.Attempts, m.AttemptedAt, m.RetryAt, written, history);
    }
}

/// <summary>What the customer reads.</summary>
/// <param name="HandedOver">Whether these are the words that were handed to a sender; else they were written just now.</param>
public sealed record WrittenMessage(
    string From, string? FromName, string To, string? ToName, string Subject, string Text, string Html, IReadOnlyDictionary<string, string> Headers, bool HandedOver)
{
    internal static WrittenMessage Of(EmailMessage email, bool handedOver) => new(
        email.FromAddress, email.FromName, email.To, string.IsNullOrEmpty(email.ToName) ? null : email.ToName, email.Subject, email.Text, email.Html, email.Headers, handedOver);
}

/// <summary>The body of a settlement.</summary>
public sealed record Settlement(bool? Delivered);
