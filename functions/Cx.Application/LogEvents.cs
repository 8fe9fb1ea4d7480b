namespace Cx.Application;

/// <summary>
/// The ids of log events that alerts look for, stable for ever. Each is logged with its name as event name, which the alerts match: of a log that passes
/// through the Functions host only the name remains.
/// </summary>
internal static class LogEvents
{
    public const int DeliveryFailed = 1001;
    public const int TouchpointDeadLettered = 1002;
    public const int WakeFailed = 1003;
    public const int LogStalled = 1004;
    public const int ViewStopped = 1005;
    public const int StoreNotPrepared = 1006;
    public const int EventSkipped = 1007;
}
