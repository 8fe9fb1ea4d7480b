using System.Globalization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using NodaTime.Text;
using Npgsql;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Standalone;

/// <summary>The system clock plus an offset, to try out weeks in a minute. The offset is kept in the data folder, so that a restart does not go back in time.</summary>
public sealed class MovableClock : TimeProvider
{
    private const string OffsetFile = "clock-offset";

    private readonly string file;
    private long offset;

    public MovableClock(string dataFolder)
    {
        file = Path.Combine(dataFolder, OffsetFile);
        offset = File.Exists(file) && long.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var kept) ? kept : 0;
    }

    /// <summary>Sets the clock of a data folder that no process uses, to an earlier instant too.</summary>
    public static void Set(string dataFolder, DateTimeOffset now) => Write(Path.Combine(dataFolder, OffsetFile), (now - System.GetUtcNow()).Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref offset));

    /// <summary>Moves forward to an instant; an earlier one is ignored.</summary>
    public void MoveTo(DateTimeOffset instant)
    {
        var ahead = (instant - System.GetUtcNow()).Ticks;
        if (ahead > Interlocked.Read(ref offset))
        {
            Interlocked.Exchange(ref offset, ahead);
            Write(file, ahead);
        }
    }

    private static void Write(string file, long ticks) => File.WriteAllText(file, ticks.ToString(CultureInfo.InvariantCulture));
}

/// <summary>
/// Moves the clock on request: from one due instant to the next, and at each one does what is due, so that the result is the same as if
/// the time had really passed.
/// </summary>
internal sealed class DevClock(MovableClock clock, NpgsqlDataSource database, Waker waker, OutboxSender sender) : IDisposable
{
    private const int MaxStops = 100_000;

    private const string NextDue = """
        select min(due_at) from (
          select min(due_at) due_at from cx_customers where due_at is not null and parked_at is null
          union all select min(due_at) from cx_outbox where status = 'queued') due
        """;

    private static readonly TimeSpan MaxAdvance = TimeSpan.FromDays(3660);
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim oneAtATime = new(1, 1);

    public static IReadOnlyList<Endpoint> Endpoints { get; } =
    [
        new("getClock", "GET", "api/dev/clock", Access.Public, (MovableClock clock) => Results.Json(new Reading(clock.GetUtcNow()), ApiJson.Options))
        {
            Summary = "The current time of this host.", Returns = typeof(Reading),
        },
        new("advanceClock", "POST", "api/dev/clock", Access.Public, Post)
        {
            Summary = "Moves the clock forward: {\"advance\":\"P7D\"}.", Accepts = typeof(Request), Returns = typeof(Reading), Refuses = [422],
        },
    ];

    public async Task<DateTimeOffset> Advance(TimeSpan by, CancellationToken ct)
    {
        await oneAtATime.WaitAsync(ct);
        try
        {
            var target = clock.GetUtcNow() + by;
            await Settle(ct);
            for (var stop = 0; stop < MaxStops && await Next(ct) is { } due && due < target; stop++)
            {
                clock.MoveTo(due);
                await Settle(ct);
                if (await Next(ct) == due)
                {
                    clock.MoveTo(due + TimeSpan.FromSeconds(1));
                    await Settle(ct);
                }
            }

            clock.MoveTo(target);
            await Settle(ct);
            return clock.GetUtcNow();
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    private static async Task<IResult> Post(Request request, DevClock dev, CancellationToken ct) =>
        PeriodPattern.NormalizingIso.Parse(request.Advance ?? "") is not { Success: true, Value: var period } || period.Months != 0 || period.Years != 0
            ? throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-duration", "advance is an ISO 8601 duration in weeks, days, hours, minutes and seconds: P7D, PT90M.")
            : period.ToDuration().ToTimeSpan() is var by && (by < TimeSpan.Zero || by > MaxAdvance)
                ? throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-duration", "advance is from nothing to ten years; time does not go back.")
                : Results.Json(new Reading(await dev.Advance(by, ct)), ApiJson.Options);

    private async Task<DateTimeOffset?> Next(CancellationToken ct)
    {
        await using var command = database.CreateCommand(NextDue);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return reader.InstantOrNull(0);
    }

    private async Task Settle(CancellationToken ct)
    {
        while (await waker.WakeDue(ct) > 0 || await sender.SendDue(ct) > 0)
        {
            await sender.Finish(SendTimeout);
        }

        await sender.Finish(SendTimeout);
    }

    internal sealed record Request(string? Advance);

    internal sealed record Reading(DateTimeOffset Now);
}
