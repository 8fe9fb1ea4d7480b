namespace Cx.Application.EventStore;

/// <summary>
/// Tells workers of this process that something was committed. Each takes a waiter of its own; many pulses are one wake-up, and a pulse
/// while a worker is busy ends its next wait at once.
/// </summary>
public sealed class CommitSignal
{
    private readonly TimeProvider clock;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="clock">For the longest wait: the machine's own unless a test says otherwise, as time here is not business time.</param>
    public CommitSignal(TimeProvider? clock = null) => this.clock = clock ?? TimeProvider.System;

    public void Pulse() => Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public CommitWaiter Waiter() => new(this);

    /// <summary>One worker's view of the signal; not for use by several at once.</summary>
    public sealed class CommitWaiter(CommitSignal signal)
    {
        private Task pulsed = Volatile.Read(ref signal.next).Task;

        /// <summary>Completes when something was committed since this last completed, or at the latest after a while.</summary>
        /// <returns>Whether something was committed.</returns>
        public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct)
        {
            try
            {
                await pulsed.WaitAsync(atMost, signal.clock, ct);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
            finally
            {
                // Taken before the worker looks at the database: what is committed from here on pulses this one.
                pulsed = Volatile.Read(ref signal.next).Task;
            }
        }
    }
}
