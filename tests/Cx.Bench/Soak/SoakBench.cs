namespace Cx.Bench.Soak;

/// <summary>A year of seven competing cadences, once undisturbed and once with a host that is killed at random: the same messages, each once.</summary>
internal static class SoakBench
{
    private const int Days = 365;
    private const int Seed = 20271;
    private const int Shown = 20;

    public static async Task Run(int customers, int kills)
    {
        var year = InventedYear.Of(customers, Days, Seed);
        Console.WriteLine($"soak: {customers} customers, {year.Count} touchpoints and changes in {Days} days, seven cadences");
        var undisturbed = await Lived(year, []);
        var killed = await Lived(year, [.. AnyOf(year, kills)]);
        Print("missing after kills", killed.MissingOf(undisturbed));
        Print("too many after kills", undisturbed.MissingOf(killed));
        var differing = killed.DifferencesTo(undisturbed);
        Target.Print($"messages that differ: {differing} of {undisturbed.Messages.Count}", differing, atMost: 0);
    }

    private static Happening[] AnyOf(IReadOnlyList<Happening> year, int count)
    {
        var shuffled = year.ToArray();
        new Random(Seed).Shuffle(shuffled);
        return shuffled[..Math.Min(count, shuffled.Length)];
    }

    private static async Task<SoakResult> Lived(IReadOnlyList<Happening> year, HashSet<Happening> deadly)
    {
        var result = await SoakRun.Run(year, deadly, Seed);
        var states = string.Join(", ", result.Messages.CountBy(m => m.State).Select(s => $"{s.Value} {s.Key}"));
        Console.WriteLine($"  {(deadly.Count == 0 ? "undisturbed" : $"killed {deadly.Count} times"),-20} {result.Messages.Count} messages ({states}), {result.Took.TotalSeconds:0} s");
        return result;
    }

    private static void Print(string what, IReadOnlyList<SoakMessage> messages)
    {
        foreach (var message in messages.Take(Shown))
            Console.WriteLine($"  {what}: {message}");
    }
}
