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
    internal static Finding Look(Look look)
    {
        if (!look.WaitsForComplaints)
            return new("complaints", "does not wait for complaints");

        var open = look.Customer.Complaints.Values.Where(c => c.IsOpen(look.At)).ToList();
        if (open.Count == 0)
            return new("complaints", "none open");

        var until = open.Max(c => End(c, look));
        return until > look.At ? new("complaints", $"{open.Count} open, held until {Say(until)} at the latest", Reason.OpenComplaint, Until: until)
            : look.Step.Kind == StepKind.Offer ? new("complaints", $"still open, longest hold over on {Say(until)}", Reason.OpenComplaint, Final: true)
            : new("complaints", $"still open, longest hold over on {Say(until)}");
    }

    /// <summary>How long complaints held the step between two instants: exempt from lateness and from the maximum hold.</summary>
    internal static TimeSpan Within(Look look, DateTimeOffset from, DateTimeOffset to)
    {
        if (!look.WaitsForComplaints || to <= from)
            return TimeSpan.Zero;

        var (sum, covered) = (TimeSpan.Zero, from);
        foreach (var complaint in look.Customer.Complaints.Values.Where(c => c.OpenedAt < to).OrderBy(c => c.OpenedAt))
        {
            var start = Later(complaint.OpenedAt!.Value, covered);
            var end = End(complaint, look) is var e && e < to ? e : to;
            if (end > start)
                (sum, covered) = (sum + (end - start), end);
        }

        return sum;
    }

    /// <summary>Whether the step would have been held at an instant.</summary>
    internal static bool Covers(Look look, DateTimeOffset instant) =>
        look.WaitsForComplaints && look.Customer.Complaints.Values.Any(c => c.IsOpen(instant) && End(c, look) > instant);

    private static DateTimeOffset End(Complaint complaint, Look look)
    {
        var longest = complaint.OpenedAt!.Value.AddDays(look.Shop.Policy.ComplaintHoldDays);
        return complaint.ResolvedAt < longest ? complaint.ResolvedAt.Value : longest;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
