namespace Cx.Domain.FollowUps.Simulating;

/// <summary>
/// The sums over simulated customers. It does not grow with them: what it keeps of each is counted, by step, week and number of messages. Sums of parts of the customers,
/// merged in any order, are the sums of all. It is written to JSON as it stands.
/// </summary>
public sealed class SimulationTally
{
    /// <summary>Ours: enough to see how a step's message reads to several people.</summary>
    public const int ExamplesOfStep = 3;

    public int Customers { get; set; }

    public long Events { get; set; }

    /// <summary>How many customers there is a difference for.</summary>
    public int Differing { get; set; }

    public SideTally Current { get; init; } = new();

    public SideTally Draft { get; init; } = new();

    /// <summary>A few messages of the draft's side, by cadence and step: those of the least ids, whoever was simulated first.</summary>
    public SortedDictionary<string, List<SimulatedMessage>> Examples { get; init; } = new(StringComparer.Ordinal);

    public void Add(CustomerOutcome outcome)
    {
        Customers++;
        Events += outcome.Events;
        Differing += outcome.Differences.Count > 0 ? 1 : 0;
        Current.Add(outcome.Current);
        Draft.Add(outcome.Draft);
        foreach (var message in outcome.Draft.Messages)
            Add(SideTally.KeyOf(message.Started.Cadence, message.Queued.Step), message);
    }

    /// <summary>Adds the sums of other customers.</summary>
    public void Add(SimulationTally other)
    {
        Customers += other.Customers;
        Events += other.Events;
        Differing += other.Differing;
        Current.Add(other.Current);
        Draft.Add(other.Draft);
        foreach (var (step, messages) in other.Examples)
        {
            foreach (var message in messages)
                Add(step, message);
        }
    }

    private void Add(string step, SimulatedMessage message)
    {
        if (!Examples.TryGetValue(step, out var known))
            Examples[step] = known = [];
        var at = known.FindIndex(m => m.Queued.Message.CompareTo(message.Queued.Message) > 0);
        known.Insert(at < 0 ? known.Count : at, message);
        if (known.Count > ExamplesOfStep)
            known.RemoveAt(ExamplesOfStep);
    }
}

/// <summary>What happened to all customers on one side.</summary>
public sealed class SideTally
{
    /// <summary>Whoever gets more messages is counted as having got so many. Ours: no policy that somebody means lets so many through.</summary>
    public const int MostMessages = 1_000;

    /// <summary>By cadence and step: <c>post-sale/thank-you</c>.</summary>
    public SortedDictionary<string, StepTally> Steps { get; init; } = new(StringComparer.Ordinal);

    /// <summary>By the Monday on which the week begins, UTC: <c>2026-03-02</c>.</summary>
    public SortedDictionary<string, WeekTally> Weeks { get; init; } = new(StringComparer.Ordinal);

    /// <summary>How many customers got how many messages.</summary>
    public SortedDictionary<int, int> Pressure { get; init; } = [];

    internal static string KeyOf(string cadence, string step) => $"{cadence}/{step}";

    internal void Add(SideOutcome side)
    {
        var messages = 0;

        // A step is counted once for each reason, however often it was held for that.
        foreach (var decision in side.Decisions.DistinctBy(d => (d.FollowUp, d.Step, d.Outcome, d.Reason)))
        {
            Of(Steps, KeyOf(decision.Cadence, decision.Step)).Add(decision.Outcome, decision.Reason, 1);
            Of(Weeks, WeekOf(decision.At)).Add(decision.Outcome, 1);
            messages += decision is { Outcome: SimulatedOutcome.Sent, IsToCustomer: true } ? 1 : 0;
        }

        Count(Math.Min(messages, MostMessages), 1);
    }

    internal void Add(SideTally other)
    {
        foreach (var (step, tally) in other.Steps)
            Of(Steps, step).Add(tally);
        foreach (var (week, tally) in other.Weeks)
            Of(Weeks, week).Add(tally);
        foreach (var (messages, customers) in other.Pressure)
            Count(messages, customers);
    }

    private void Count(int messages, int customers) => Pressure[messages] = Pressure.GetValueOrDefault(messages) + customers;

    private static T Of<T>(SortedDictionary<string, T> all, string key) where T : new() => all.TryGetValue(key, out var known) ? known : all[key] = new();

    private static string WeekOf(DateTimeOffset at)
    {
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        return day.AddDays(-(((int)day.DayOfWeek + 6) % 7)).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>What became of one step, each follow-up counted once; of held, capped and skipped ones by the kebab-case reason.</summary>
public sealed class StepTally
{
    public int Sent { get; set; }

    public int Failed { get; set; }

    public int Passed { get; set; }

    public SortedDictionary<string, int> Held { get; init; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, int> Capped { get; init; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, int> Skipped { get; init; } = new(StringComparer.Ordinal);

    internal void Add(SimulatedOutcome outcome, Reason? reason, int count)
    {
        switch (outcome)
        {
            case SimulatedOutcome.Sent: Sent += count; break;
            case SimulatedOutcome.Failed: Failed += count; break;
            case SimulatedOutcome.Passed: Passed += count; break;
            case SimulatedOutcome.Held: Count(Held, JsonNaming.Kebab(reason!.Value), count); break;
            case SimulatedOutcome.Capped: Count(Capped, JsonNaming.Kebab(reason!.Value), count); break;
            case SimulatedOutcome.Skipped: Count(Skipped, JsonNaming.Kebab(reason!.Value), count); break;
        }
    }

    internal void Add(StepTally other)
    {
        (Sent, Failed, Passed) = (Sent + other.Sent, Failed + other.Failed, Passed + other.Passed);
        Add(Held, other.Held);
        Add(Capped, other.Capped);
        Add(Skipped, other.Skipped);
    }

    private static void Add(SortedDictionary<string, int> counts, SortedDictionary<string, int> others)
    {
        foreach (var (reason, count) in others)
            Count(counts, reason, count);
    }

    private static void Count(SortedDictionary<string, int> counts, string reason, int count) => counts[reason] = counts.GetValueOrDefault(reason) + count;
}

/// <summary>What was decided in one week.</summary>
public sealed class WeekTally
{
    public int Sent { get; set; }

    public int Held { get; set; }

    public int Capped { get; set; }

    public int Skipped { get; set; }

    internal void Add(SimulatedOutcome outcome, int count)
    {
        switch (outcome)
        {
            case SimulatedOutcome.Sent: Sent += count; break;
            case SimulatedOutcome.Held: Held += count; break;
            case SimulatedOutcome.Capped: Capped += count; break;
            case SimulatedOutcome.Skipped: Skipped += count; break;
        }
    }

    internal void Add(WeekTally other) =>
        (Sent, Held, Capped, Skipped) = (Sent + other.Sent, Held + other.Held, Capped + other.Capped, Skipped + other.Skipped);
}
