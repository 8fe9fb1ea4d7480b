using Cx.Domain.Customers;
using Cx.Domain.Privacy;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>What the log says became of one message.</summary>
/// <param name="Result">How it ended; none: it was not attempted, or nothing is known.</param>
/// <param name="Refused">The address, where that was refused.</param>
internal sealed record RecordedMessage(DateTimeOffset QueuedAt, IMessageEvent? Result, Personal? Refused);

/// <summary>A customer's log by its transactions, and what it says besides its facts: when the customer was woken, what became of messages, what was offered.</summary>
internal sealed class RecordedLog
{
    /// <summary>A wake that is so late is no outage: those that are longer are recorded as one.</summary>
    internal static readonly TimeSpan LatestWake = TimeSpan.FromMinutes(15);

    // Offers are looked up between two transactions of one wake.
    private static readonly TimeSpan LongestLookup = TimeSpan.FromMinutes(1);

    private readonly Dictionary<MessageId, RecordedMessage> messages = [];
    private readonly List<(FollowUpId FollowUp, string Step, IReadOnlyList<OfferedProduct> Products)> offers = [];
    private readonly List<RecordedTransaction> wakes;

    internal RecordedLog(CustomerHistory history)
    {
        (History, Transactions) = (history, RecordedTransaction.Of(history.Events));
        wakes = [.. Transactions.Where(t => t.Kind == TransactionKind.Wake)];
        Personal? refused = null;
        foreach (var recorded in history.Events)
        {
            switch (recorded.Event)
            {
                case MessageQueued x:
                    messages[x.Message] = new(x.OccurredAt, null, null);
                    if (x.Offers.Count > 0)
                        offers.Add((x.FollowUp, x.Step, x.Offers));
                    break;
                case StepSkipped { Reason: Reason.NothingToOffer } x:
                    offers.Add((x.FollowUp, x.Step, []));
                    break;
                case IMessageEvent x and (MessageAccepted or MessageFailed or MessageInDoubt or MessageSettled) when messages.TryGetValue(x.Message, out var known):
                    messages[x.Message] = known with { Result = x, Refused = x is MessageFailed ? refused : null };
                    break;
            }

            refused = (recorded.Event as AddressRefused)?.Address;
        }
    }

    internal CustomerHistory History { get; }

    internal IReadOnlyList<RecordedTransaction> Transactions { get; }

    /// <summary>None: it is none of the log's.</summary>
    internal RecordedMessage? MessageOf(MessageId message) => messages.GetValueOrDefault(message);

    /// <summary>The products that were offered in a step that is open now; none: nothing is known.</summary>
    internal IReadOnlyList<OfferedProduct>? OfferedTo(Customer customer) => offers
        .Find(o => customer.FollowUps.TryGetValue(o.FollowUp, out var followUp) && followUp.IsRunning && followUp.StepOf(o.Step).IsOpen).Products;

    /// <summary>Whether the log woke a customer who was due at an instant, soon after it.</summary>
    /// <param name="index">From which transaction on.</param>
    /// <param name="howeverLate">Whether as late as may be.</param>
    internal bool IsWoken(int index, DateTimeOffset due, bool howeverLate) =>
        wakes.Exists(w => w.Index >= index && w.At >= due && (howeverLate || w.At - due <= LatestWake));

    /// <summary>Whether a wake's offers were decided in a transaction of their own after it.</summary>
    internal bool DecidesOffersAfter(RecordedTransaction wake) =>
        wake.Offers is null && wakes.Exists(w => w.Index > wake.Index && w.Offers is not null && w.At - wake.At <= LongestLookup);
}
