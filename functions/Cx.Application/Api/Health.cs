using Cx.Application.EventStore.Projections;
using Npgsql;

namespace Cx.Application.Api;

/// <summary>Whether the process lives, and whether it can do its work.</summary>
internal static class Health
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1.5);

    public static IReadOnlyList<Endpoint> Endpoints { get; } =
    [
        new("live", "GET", Routes.Live, Access.Public, () => Results.Ok(new State("live")))
        {
            Summary = "The process answers.", Returns = typeof(State),
        },
        new("ready", "GET", Routes.Ready, Access.Public, Ready)
        {
            Summary = "The store can be reached and its log is followed; 503 when not, within two seconds.", Returns = typeof(State),
        },
    ];

    // A database that does not answer is not waited for, nor is its taking note of a cancelled command.
    private static async Task<IResult> Ready(NpgsqlDataSource database, LogDaemon daemon, CancellationToken ct)
    {
        if (daemon.IsStale)
        {
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "log-not-followed", "New events are not looked for any more: views and follow-ups stand still.");
        }

        await Task.Run(() => Ask(database), ct).WaitAsync(LongestWait, ct);
        return Results.Ok(new State("ready"));
    }

    private static async Task Ask(NpgsqlDataSource database)
    {
        using var stop = new CancellationTokenSource(LongestWait);
        await using var command = database.CreateCommand("select max(version) from cx_layout");
        await command.ExecuteScalarAsync(stop.Token);
    }

    internal sealed record State(string Status);
}
