using System.Collections.Concurrent;

namespace Cx.Application.FollowUps.Outbox;

/// <summary>One attempt of this process, from before its claim until its result is recorded.</summary>
internal sealed class Attempt
{
    /// <summary>Counts from 1; 0 while it is not claimed.</summary>
    public int Number { get; set; }

    /// <summary>What became of it; none while it is under way.</summary>
    public SendResult? Result { get; set; }
}

/// <summary>
/// What this process knows of its own attempts and the database does not yet: which are under way, and which ended without the result being
/// recorded. A message that the database calls ours and that is not among these was claimed without our learning of it, so nothing of it left.
/// </summary>
internal sealed class Attempts
{
    private readonly ConcurrentDictionary<OutboxRow, Attempt> known = new();

    /// <summary>None when this process has the message in hand already.</summary>
    public Attempt? Begin(OutboxRow row) => new Attempt() is var attempt && known.TryAdd(row, attempt) ? attempt : null;

    public void End(OutboxRow row, Attempt attempt) => known.TryRemove(new KeyValuePair<OutboxRow, Attempt>(row, attempt));

    /// <summary>Those whose result is still to be recorded.</summary>
    public IReadOnlyList<(OutboxRow Row, Attempt Attempt)> Owed() => [.. known.Where(k => k.Value.Result is not null).Select(k => (k.Key, k.Value))];
}
