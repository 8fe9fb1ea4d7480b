using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Cx.Application.Observability;

/// <summary>The span behind something that happened, for those that follow from it.</summary>
/// <param name="TraceParent">As W3C Trace Context writes it; none where nothing was traced.</param>
/// <param name="At">When it was recorded.</param>
public readonly record struct TraceOrigin(string? TraceParent, DateTimeOffset At);

/// <summary>Our own spans and metrics. They name sources, senders and states, never a person.</summary>
internal static class Instruments
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Cx.Serverless";

    // What comes later than this is not waited for by whoever looks at a trace.
    private static readonly TimeSpan LongestTrace = TimeSpan.FromHours(1);

    private static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "cx.deliveries", "{delivery}", "What sources posted, by source and result.");

    private static readonly Counter<long> LeftOut = Meter.CreateCounter<long>(
        "cx.deliveries.left_out", "{field}", "Fields of deliveries that could not be read, by source.");

    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "cx.message.attempts", "{attempt}", "Messages handed to a sender, by sender and result.");

    /// <summary>Whether anybody collects our spans.</summary>
    public static bool IsTraced => Source.HasListeners();

    /// <summary>The current span, to be stored with what it records; none where it is not sampled.</summary>
    public static string? TraceParent => Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } current ? current.Id : null;

    /// <summary>
    /// A span that follows from another: in its trace, with a link to the span it runs in, if that was a short while ago; else, as after days, in a trace
    /// of the work at hand, with a link to what it follows from.
    /// </summary>
    public static Activity? Start(string name, ActivityKind kind, TraceOrigin origin, DateTimeOffset now)
    {
        if (!ActivityContext.TryParse(origin.TraceParent, null, isRemote: true, out var from))
        {
            return Source.StartActivity(name, kind);
        }

        return now - origin.At <= LongestTrace
            ? Source.StartActivity(name, kind, from, links: Activity.Current is { } current ? [new(current.Context)] : null)
            : Source.StartActivity(name, kind, parentContext: default, links: [new(from)]);
    }

    public static void CountDelivery(string source, string status) => Deliveries.Add(1, new("cx.source", source), new("cx.status", status));

    public static void CountLeftOut(string source, int fields)
    {
        if (fields > 0)
        {
            LeftOut.Add(fields, new KeyValuePair<string, object?>("cx.source", source));
        }
    }

    public static void CountAttempt(string sender, string result) => Attempts.Add(1, new("cx.sender", sender), new("cx.result", result));
}
