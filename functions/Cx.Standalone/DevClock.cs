using Cx.Application.Api;
using Cx.Application.EventStore.Postgres;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Scheduling;
using NodaTime.Text;
using Npgsql;
using Endpoint = Cx.Application.Api.Endpoint;

namespace Cx.Standalone;

/// <summary>
/// Lets time pass at will: the clock goes from one due instant to the next, and at each what is due is done, as it would have been had
/// the time really passed.
/// </summary>
internal sealed class DevClock(MovableClock clock, NpgsqlDataSource database, Waker waker, OutboxSender sender) : IDisposable
{
    private const int MostStops = 100_000;

    private const string NextDue = """
        select min(due_at) from (
          select min(due_at) due_at from cx_customers where due_at is not null and parked_at is null
          union all select min(due_at) from cx_outbox where status = 'queued') due
        """;

    private static readonly TimeSpan Farthest = TimeSpan.FromDays(3660);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim one = new(1, 1);

    public static IReadOnlyList<Endpoint> Endpoints { get; } =
    [
        new("getClock", "GET", "api/dev/clock", Access.Public, (MovableClock clock) => Results.Json(new Reading(clock.GetUtcNow()), ApiJson.Options)) { Summary = "What time it is here.", Returns = typeof(Reading) },
        new("advanceClock", "POST", "api/dev/clock", Access.Public, Post) { Summary = "Lets time pass: {\"advance\":\"P7D\"}.", Returns = typeof(Reading) },
    ];

    public async Task<DateTimeOffset> Advance(TimeSpan by, CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            var target = clock.GetUtcNow() + by;
            await Settle(ct);
            for (var stop = 0; stop < MostStops && await Next(ct) is { } due && due < target; stop++)
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
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private static async Task<IResult> Post(Request request, DevClock dev, CancellationToken ct) =>
        PeriodPattern.NormalizingIso.Parse(request.Advance ?? "") is not { Success: true, Value: var period } || period.Months != 0 || period.Years != 0
            ? throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-duration", "advance is an ISO 8601 duration in weeks, days, hours, minutes and seconds: P7D, PT90M.")
            : period.ToDuration().ToTimeSpan() is var by && (by < TimeSpan.Zero || by > Farthest)
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
            await sender.Finish(Patience);
        }

        await sender.Finish(Patience);
    }

    internal sealed record Request(string? Advance);

    internal sealed record Reading(DateTimeOffset Now);
}
