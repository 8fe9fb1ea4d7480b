using System.Collections.Immutable;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Domain.FollowUps.Reporting;

/// <summary>
/// What became of the follow-ups of each cadence, by the day on which they started. The counts are a sum over follow-ups: an event changes one follow-up's part,
/// and the counts change by the difference, so that nothing counts twice and an erased customer leaves. A goal is looked for in what happens within
/// <see cref="GoalDays"/> of the trigger, in the control group as well.
/// </summary>
public sealed class ReportView : IAsyncView
{
    public const string ViewName = "cadence-reports";

    /// <summary>Ours: what happens later than a quarter after the trigger is not the cadence's doing.</summary>
    public const int GoalDays = 90;

    // Ours: whoever has had more follow-ups since reached the goal by one of those. It bounds the work for an event.
    private const int ChunkSize = 25;

    public string Name => ViewName;

    public int Version => 1;

    public IReadOnlySet<string> Types { get; } = new[]
    {
        typeof(ShopConfigured), typeof(CadencePublished), typeof(FollowUpStarted), typeof(FollowUpMigrated), typeof(StepHeld), typeof(StepSkipped), typeof(StepSkippedByPerson),
        typeof(StepReopened), typeof(StepPassed), typeof(MessageQueued), typeof(MessageAccepted), typeof(MessageSettled), typeof(MessageFailed), typeof(MessageWithdrawn), typeof(CustomerErased),
        typeof(CustomersLinked), typeof(CustomersUnlinked), typeof(OrderPlaced), typeof(OrderPaid), typeof(OrderShipped), typeof(OrderDelivered), typeof(OrderCancelled),
        typeof(OrderRefunded), typeof(RefundRequested), typeof(ReviewPosted), typeof(ComplaintOpened), typeof(ComplaintResolved), typeof(ContactAnswered),
    }.Select(EventCatalog.NameOf).ToHashSet(StringComparer.Ordinal);

    public void Fold(IViewRows rows, ShopId shop, string stream, IEvent e)
    {
        switch (e)
        {
            case ShopConfigured x:
                rows.Set(ReportKeys.Zone, new ReportedZone(x.Settings.TimeZone));
                break;
            case CadencePublished x:
                rows.Set(ReportKeys.Version(x.Cadence, x.Document.Version), x.Document);
                break;
            case FollowUpStarted x:
                Start(rows, x.By ?? CustomerStream.Customer(stream)!.Value, x);
                break;
            case IFollowUpEvent x:
                Change(rows, x.FollowUp, f => f.After(x));
                break;
            case CustomersLinked or CustomersUnlinked:
                Regroup(rows, stream, e);
                break;
            case CustomerErased:
                foreach (var id in LinkedGroups.Of(rows, CustomerStream.Customer(stream)!.Value))
                    Erase(rows, id);
                break;
            default:
                Reach(rows, CustomerStream.Customer(stream)!.Value, (ICustomerEvent)e);
                break;
        }
    }

    private static void Start(IViewRows rows, CustomerId customer, FollowUpStarted x)
    {
        if (rows.Get<ReportedFollowUp>(ReportKeys.FollowUp(x.FollowUp)) is not null)
            return;

        var known = rows.Get<ReportedCustomer>(ReportKeys.Customer(customer))?.FollowUps ?? 0;
        var chunk = ReportKeys.Chunk(customer, known / ChunkSize);
        var others = rows.Get<ReportedFollowUps>(chunk)?.FollowUps ?? [];
        rows.Set(ReportKeys.Customer(customer), new ReportedCustomer(known + 1));
        rows.Set(chunk, new ReportedFollowUps(others.Add(new(x.FollowUp, x.Cadence, x.Version, x.Order, x.TriggeredAt))));
        var zone = ShopZone.Of(rows.Get<ReportedZone>(ReportKeys.Zone)?.TimeZone ?? "UTC");
        var started = ReportedFollowUp.Of(x, VersionOf(rows, x.Cadence, x.Version), customer, Instant.FromDateTimeOffset(x.OccurredAt).InZone(zone).Date.ToString("uuuu-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        rows.Set(ReportKeys.FollowUp(x.FollowUp), started);
        Count(rows, started, [], started.Counts());
    }

    private static void Change(IViewRows rows, FollowUpId id, Func<ReportedFollowUp, ReportedFollowUp> change)
    {
        if (rows.Get<ReportedFollowUp>(ReportKeys.FollowUp(id)) is not { } before || change(before) is var after && after == before)
            return;

        rows.Set(ReportKeys.FollowUp(id), after);
        Count(rows, after, before.Counts(), after.Counts());
    }

    private static void Erase(IViewRows rows, CustomerId customer)
    {
        if (rows.Get<ReportedCustomer>(ReportKeys.Customer(customer)) is { } known)
        {
            for (var chunk = 0; chunk <= (known.FollowUps - 1) / ChunkSize; chunk++)
            {
                foreach (var followUp in rows.Get<ReportedFollowUps>(ReportKeys.Chunk(customer, chunk))?.FollowUps ?? [])
                {
                    if (rows.Get<ReportedFollowUp>(ReportKeys.FollowUp(followUp.Id)) is { } leaving)
                        Count(rows, leaving, leaving.Counts(), []);
                    rows.Remove(ReportKeys.FollowUp(followUp.Id));
                }

                rows.Remove(ReportKeys.Chunk(customer, chunk));
            }

            rows.Remove(ReportKeys.Customer(customer));
        }

        LinkedGroups.Set(rows, [customer]);
    }

    private static void Regroup(IViewRows rows, string stream, IEvent e)
    {
        if (LinkedGroups.Change(rows, stream, e) is var (_, left, joined))
        {
            LinkedGroups.Set(rows, left);
            LinkedGroups.Set(rows, joined);
        }
    }

    // The goals of the latest follow-ups of a customer and of those linked to it.
    private static void Reach(IViewRows rows, CustomerId customer, ICustomerEvent e)
    {
        foreach (var id in LinkedGroups.Of(rows, customer))
        {
            var last = ((rows.Get<ReportedCustomer>(ReportKeys.Customer(id))?.FollowUps ?? 0) - 1) / ChunkSize;
            foreach (var followUp in new[] { last - 1, last }.Where(n => n >= 0).SelectMany(n => rows.Get<ReportedFollowUps>(ReportKeys.Chunk(id, n))?.FollowUps ?? []))
            {
                if (VersionOf(rows, followUp.Cadence, followUp.Version)?.Exits.Any(x => x.Goal && IsReached(x, followUp, e)) is true)
                    Change(rows, followUp.Id, f => f.GoalAt <= e.OccurredAt ? f : f with { GoalAt = e.OccurredAt });
            }
        }
    }

    private static bool IsReached(Exit goal, ReportedTrigger followUp, ICustomerEvent e) =>
        EventCatalog.ShortNameOf(e) == goal.On && e.OccurredAt >= followUp.TriggeredAt && e.OccurredAt <= followUp.TriggeredAt.AddDays(GoalDays) && e switch
        {
            OrderRefunded { Full: false } => false,
            IOrderEvent x => (x.Order != followUp.Order) == goal.OtherSubject,
            ReviewPosted { Order: { } order } => order == followUp.Order,
            _ => true,
        };

    // The shipped one was published by nobody.
    private static CadenceDocument? VersionOf(IViewRows rows, string cadence, int version) =>
        rows.Get<CadenceDocument>(ReportKeys.Version(cadence, version))
        ?? (Cadence.Shipped(cadence)?.Document is { } shipped && shipped.Version == version ? shipped : null);

    private static void Count(IViewRows rows, ReportedFollowUp followUp, IEnumerable<string> before, IEnumerable<string> after)
    {
        var changes = before.Select(k => (Key: k, By: -1)).Concat(after.Select(k => (Key: k, By: 1))).GroupBy(c => c.Key, c => c.By)
            .Select(g => (g.Key, By: g.Sum())).Where(c => c.By != 0).ToList();
        if (changes.Count == 0)
            return;

        var key = ReportKeys.Day(followUp.Cadence, followUp.Day);
        var counts = rows.Get<ReportedDay>(key)?.Counts ?? ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        foreach (var (count, by) in changes)
            counts = counts.GetValueOrDefault(count) + by is var sum && sum == 0 ? counts.Remove(count) : counts.SetItem(count, sum);
        if (counts.IsEmpty)
            rows.Remove(key);
        else
            rows.Set(key, new ReportedDay(counts));
    }
}
