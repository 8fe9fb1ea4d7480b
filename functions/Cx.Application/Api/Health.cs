using Npgsql;

namespace Cx.Application.Api;

/// <summary>Whether the process lives, and whether it can do its work.</summary>
internal static class Health
{
    public static IReadOnlyList<Endpoint> Endpoints { get; } =
    [
        new("live", "GET", Routes.Live, Access.Public, () => Results.Ok(new State("live")))
        {
            Summary = "The process answers.", Returns = typeof(State),
        },
        new("ready", "GET", Routes.Ready, Access.Public, Ready)
        {
            Summary = "The store can be reached; 503 when it cannot.", Returns = typeof(State),
        },
    ];

    private static async Task<IResult> Ready(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select max(version) from cx_layout");
        await command.ExecuteScalarAsync(ct);
        return Results.Ok(new State("ready"));
    }

    internal sealed record State(string Status);
}
