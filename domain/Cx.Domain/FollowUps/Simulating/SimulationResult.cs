namespace Cx.Domain.FollowUps.Simulating;

/// <summary>What a simulation shows of all customers.</summary>
/// <param name="Differing">How many customers there is a difference for.</param>
/// <param name="Steps">In the order of cadence and step.</param>
/// <param name="Weeks">In their order; one in which nothing was decided is left out.</param>
public sealed record SimulationResult(
    int Customers, long Events, int Differing, IReadOnlyList<StepComparison> Steps, IReadOnlyList<WeekComparison> Weeks, ContactPressure CurrentPressure, ContactPressure DraftPressure,
    IReadOnlyList<SimulatedMessage> Examples)
{
    public static SimulationResult Of(SimulationTally tally) => new(
        tally.Customers, tally.Events, tally.Differing,
        [
            .. from key in tally.Current.Steps.Keys.Union(tally.Draft.Steps.Keys).Order(StringComparer.Ordinal)
               let slash = key.IndexOf('/', StringComparison.Ordinal)
               select new StepComparison(key[..slash], key[(slash + 1)..], tally.Current.Steps.GetValueOrDefault(key) ?? new(), tally.Draft.Steps.GetValueOrDefault(key) ?? new()),
        ],
        [
            .. from week in tally.Current.Weeks.Keys.Union(tally.Draft.Weeks.Keys).Order(StringComparer.Ordinal)
               select new WeekComparison(
                   DateOnly.ParseExact(week, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), tally.Current.Weeks.GetValueOrDefault(week) ?? new(), tally.Draft.Weeks.GetValueOrDefault(week) ?? new()),
        ],
        ContactPressure.Of(tally.Current), ContactPressure.Of(tally.Draft), [.. tally.Examples.Values.SelectMany(m => m)]);
}

/// <summary>One step on both sides.</summary>
public sealed record StepComparison(string Cadence, string Step, StepTally Current, StepTally Draft);

/// <summary>One week on both sides.</summary>
/// <param name="From">Its Monday, UTC.</param>
public sealed record WeekComparison(DateOnly From, WeekTally Current, WeekTally Draft);

/// <summary>How many messages customers get.</summary>
/// <param name="Reached">How many get any.</param>
/// <param name="Mean">Messages of each customer, also of those who get none.</param>
/// <param name="P95">So many, or fewer, 95 of 100 customers get.</param>
public sealed record ContactPressure(int Reached, double Mean, int P95, int Max)
{
    internal static ContactPressure Of(SideTally side)
    {
        var customers = side.Pressure.Values.Sum();
        if (customers == 0)
            return new(0, 0, 0, 0);

        var (seen, p95) = (0, 0);
        foreach (var (messages, count) in side.Pressure)
        {
            p95 = messages;
            if ((seen += count) * 100L >= customers * 95L)
                break;
        }

        return new(customers - side.Pressure.GetValueOrDefault(0), side.Pressure.Sum(p => (double)p.Key * p.Value) / customers, p95, side.Pressure.Keys.Last());
    }
}
