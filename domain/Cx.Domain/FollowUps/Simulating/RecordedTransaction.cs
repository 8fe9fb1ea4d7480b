namespace Cx.Domain.FollowUps.Simulating;

/// <summary>What a transaction of the log was.</summary>
internal enum TransactionKind
{
    /// <summary>Facts reached us.</summary>
    Facts,

    /// <summary>The customer was due.</summary>
    Wake,

    /// <summary>A sender claimed a message or told what became of it, or a person controlled a step or settled a message.</summary>
    Command,
}

/// <summary>What was recorded together.</summary>
/// <param name="Index">Its place in the customer's log.</param>
/// <param name="Events">All of it, in order.</param>
internal sealed record RecordedTransaction(TransactionKind Kind, int Index, IReadOnlyList<RecordedEvent> Events)
{
    private const string Wake = "wake";
    private const string Send = "send";

    internal RecordedEvent First => Events[0];

    internal DateTimeOffset At => First.RecordedAt;

    /// <summary>Whether it is of a sender.</summary>
    internal bool IsSending => First.Cause == Send;

    /// <summary>The record by whose identifier it came.</summary>
    internal CustomerId By => First.Identity ?? First.Stream;

    /// <summary>The products that a wake found to offer; none: it was not about offers.</summary>
    internal IReadOnlyList<OfferedProduct>? Offers => Kind != TransactionKind.Wake ? null
        : Events.Select(e => (e.Event as MessageQueued)?.Offers).FirstOrDefault(o => o is { Count: > 0 })
            ?? (Events.Any(e => e.Event is StepSkipped { Reason: Reason.NothingToOffer }) ? [] : null);

    /// <summary>The facts, without what follow-ups made of them.</summary>
    internal List<ICustomerEvent> Facts() => [.. Events.Select(e => e.Event).Where(e => e is not IFollowUpEvent)];

    /// <summary>Parts a log into what was recorded together.</summary>
    internal static List<RecordedTransaction> Of(IReadOnlyList<RecordedEvent> log)
    {
        var transactions = new List<RecordedTransaction>();
        for (var (start, end) = (0, 0); start < log.Count; start = end)
        {
            end = start + 1;
            while (end < log.Count && Continues(log[start], log[end - 1], log[end]))
                end++;
            transactions.Add(new(KindOf(log[start]), transactions.Count, [.. log.Skip(start).Take(end - start)]));
        }

        return transactions;
    }

    // Facts of one delivery come before what follows from them: a fact that comes after that is another transaction's.
    private static bool Continues(RecordedEvent first, RecordedEvent last, RecordedEvent next) =>
        first.RecordedAt == next.RecordedAt && first.Cause == next.Cause && KindOf(first) switch
        {
            TransactionKind.Facts => first.Stream == next.Stream && (next.Event is IFollowUpEvent ? KindOf(next) == TransactionKind.Facts : last.Event is not IFollowUpEvent && first.Correlation == next.Correlation),
            _ => first.Stream == next.Stream,
        };

    private static TransactionKind KindOf(RecordedEvent first) =>
        first.Cause == Wake ? TransactionKind.Wake
        : first.Cause == Send || first.Event is IStepControlEvent or MessageSettled ? TransactionKind.Command
        : TransactionKind.Facts;
}
