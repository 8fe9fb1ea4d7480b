using System.Diagnostics;
using Npgsql;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>
/// How fast a simulation may go. While nothing is appended in the whole installation it uses the processors that there are; as soon as something is, it takes
/// one, for short turns, and rests between them.
/// </summary>
internal sealed class SimulationPace
{
    // Ours: a fifth of one processor at most, beside those who write.
    private const int RestForEachTurn = 4;

    // Ours: a turn of few events is over in some hundredths of a second, and one of many is worth the round trips to the database.
    private const int FewEvents = 100, ManyEvents = 1_000;

    private const string Appended = "select last_value from mt_events_sequence";

    // Writers pause as well: between their events it is still theirs.
    private static readonly TimeSpan BusyFor = TimeSpan.FromSeconds(2);

    // After a customer with a very long history, whose turn cannot be shorter.
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    private long last = -1;
    private long busySince = long.MinValue;
    private long turnBegan;

    public bool IsBusy => busySince != long.MinValue && Stopwatch.GetElapsedTime(busySince) < BusyFor;

    /// <summary>How many processors the next turn may use.</summary>
    public int Workers => IsBusy ? 1 : Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>How many events the next turn may take.</summary>
    public int MostEvents => IsBusy ? FewEvents : ManyEvents;

    /// <summary>Rests if anybody writes, and begins the next turn.</summary>
    public async Task NextTurn(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Appended, connection);
        var appended = (long)(await command.ExecuteScalarAsync(ct))!;
        if (last >= 0 && appended != last)
        {
            busySince = Stopwatch.GetTimestamp();
        }

        last = appended;
        if (IsBusy && turnBegan > 0)
        {
            var rest = RestForEachTurn * Stopwatch.GetElapsedTime(turnBegan);
            await Task.Delay(rest < LongestRest ? rest : LongestRest, ct);
        }

        turnBegan = Stopwatch.GetTimestamp();
    }
}
