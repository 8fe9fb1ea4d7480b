using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>
/// While a complaint is open nothing of marketing goes out. A review request is only delayed by it, never dropped: it is asked on
/// resolution, or 30 days after the complaint opened at the latest. An offer waits as long, and is not made over a complaint that is open still.
/// </summary>
internal static class ComplaintHold
{
    internal static Finding Hold(StepContext context)
    {
        if (!context.WaitsForComplaints)
            return new("complaints", "does not wait for complaints");

        var open = context.Customer.Complaints.Values.Where(c => c.IsOpen(context.At)).ToList();
        if (open.Count == 0)
            return new("complaints", "none open");

        var until = open.Max(c => End(c, context));
        return until > context.At ? new("complaints", $"{open.Count} open, held until {Say(until)} at the latest", Reason.OpenComplaint, Until: until)
            : context.Step.Kind == StepKind.Offer ? new("complaints", $"still open, longest hold over on {Say(until)}", Reason.OpenComplaint, Final: true)
            : new("complaints", $"still open, longest hold over on {Say(until)}");
    }

    /// <summary>How long complaints held the step between two instants: exempt from lateness and from the maximum hold.</summary>
    internal static TimeSpan Within(StepContext context, DateTimeOffset from, DateTimeOffset to)
    {
        if (!context.WaitsForComplaints || to <= from)
            return TimeSpan.Zero;

        var (sum, covered) = (TimeSpan.Zero, from);
        foreach (var complaint in context.Customer.Complaints.Values.Where(c => c.OpenedAt < to).OrderBy(c => c.OpenedAt))
        {
            var start = Later(complaint.OpenedAt!.Value, covered);
            var end = End(complaint, context) is var e && e < to ? e : to;
            if (end > start)
                (sum, covered) = (sum + (end - start), end);
        }

        return sum;
    }

    /// <summary>Whether the step would have been held at an instant.</summary>
    internal static bool Covers(StepContext context, DateTimeOffset instant) =>
        context.WaitsForComplaints && context.Customer.Complaints.Values.Any(c => c.IsOpen(instant) && End(c, context) > instant);

    private static DateTimeOffset End(Complaint complaint, StepContext context)
    {
        var longest = complaint.OpenedAt!.Value.AddDays(context.Shop.Policy.ComplaintHoldDays);
        return complaint.ResolvedAt < longest ? complaint.ResolvedAt.Value : longest;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
