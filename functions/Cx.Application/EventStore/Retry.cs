namespace Cx.Application.EventStore;

/// <summary>Restarts work that should run until the process ends.</summary>
internal static class Retry
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Starts the work again whenever it fails or ends, after a pause that doubles until the work reports success; ends without error when
    /// cancelled.
    /// </summary>
    public static async Task Forever(Func<Action, Task> work, Action<Exception> failed, TimeProvider clock, CancellationToken ct)
    {
        var pause = First;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await work(() => pause = First);
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                failed(e);
            }

            try
            {
                await Task.Delay(pause, clock, ct);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }
}
