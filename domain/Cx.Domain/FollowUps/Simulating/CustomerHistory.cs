using Cx.Domain.Privacy;

namespace Cx.Domain.FollowUps.Simulating;

/// <summary>An event of a customer's log with what the store knows of it.</summary>
/// <param name="Stream">The customer in whose stream it is.</param>
/// <param name="RecordedAt">When it was known.</param>
/// <param name="Correlation">Of the delivery or command; of what a follow-up did, that of the delivery that started it.</param>
/// <param name="Cause">The command that recorded it: <c>wake</c>, <c>send</c>, or another.</param>
/// <param name="Identity">The record by whose identifier it came; none: that of the stream.</param>
/// <param name="ShopVersion">The version of the shop's facts by which it was decided; 0: not known.</param>
public sealed record RecordedEvent(ICustomerEvent Event, CustomerId Stream, DateTimeOffset RecordedAt, string Correlation, string Cause, CustomerId? Identity, long ShopVersion);

/// <summary>All that is recorded of one customer.</summary>
/// <param name="Customer">The one that leads, or stands alone.</param>
/// <param name="Events">Those of the customer and of all that are linked with it, in the order in which they were recorded.</param>
public sealed record CustomerHistory(CustomerId Customer, IReadOnlyList<RecordedEvent> Events)
{
    /// <summary>The customer's addresses that are barred in the whole shop, each from its instant on.</summary>
    public IReadOnlyList<BarredAddress> Barred { get; init; } = [];

    /// <summary>The customer's addresses that were refused, or given anew, in the whole shop, each from its instant on.</summary>
    public IReadOnlyList<RefusedAddress> Refused { get; init; } = [];

    /// <summary>What the customer's addresses got about orders before those came to the customer.</summary>
    public IReadOnlyList<ReceivedMessage> Received { get; init; } = [];

    /// <summary>Whether the person was erased: of whom nothing is simulated.</summary>
    public bool IsErased => Events.Any(e => e.Event is CustomerErased);
}
