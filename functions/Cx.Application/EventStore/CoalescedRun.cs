namespace Cx.Application.EventStore;

/// <summary>
/// Work that one run at a time is enough for. A call that finds a run under way makes it repeat its work and returns, so no call waits for another.
/// </summary>
internal sealed class CoalescedRun
{
    private int calls;

    /// <summary>Does the work, and repeats it as long as calls came in meanwhile.</summary>
    /// <param name="stopping">The work is not repeated; the caller sees to it that it is done again.</param>
    public async Task Run(Func<Task> work, CancellationToken stopping)
    {
        if (Interlocked.Increment(ref calls) > 1)
        {
            return;
        }

        var finished = false;
        try
        {
            do
            {
                var seen = Volatile.Read(ref calls);
                await work();
                finished = Interlocked.CompareExchange(ref calls, 0, seen) == seen;
            }
            while (!finished && !stopping.IsCancellationRequested);
        }
        finally
        {
            // After a failure the next call runs, rather than leaving its work to a run that has ended.
            if (!finished)
            {
                Volatile.Write(ref calls, 0);
            }
        }
    }
}
