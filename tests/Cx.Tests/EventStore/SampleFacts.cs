using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.EventStore;

/// <summary>Facts as sources report them, short.</summary>
internal static class SampleFacts
{
    public static readonly DateTimeOffset Monday = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static OrderPlaced Placed(string order, int day = 0) =>
        new(new(order), $"#{order}", new(49.90m, "EUR"), [new(new("lamp"), "L-1", "Lamp", 1, 49.90m, "lights")], null, Monday.AddDays(day), Monday.AddDays(day));

    public static OrderDelivered Delivered(string order, int day = 3) => new(new(order), null, Monday.AddDays(day));

    public static CustomerDetailsLearned Learned(string? email = null, string? phone = null, string? name = null, int day = 0) =>
        new(Personal.Clear(email), Personal.Clear(phone), null, null, null, Personal.Clear(name), null, "it", null, "IT", null, Monday.AddDays(day));

    public static ComplaintOpened Complained(string complaint, string text, string? order = null, int day = 4) =>
        new(new(complaint), order is null ? null : new OrderId(order), Channel.Email, Personal.Clear(text), Monday.AddDays(day));

    public static ConsentWithdrawn Objected(int day = 5) => new(Channel.Email, Purpose.Marketing, "unsubscribe", Monday.AddDays(day));

    public static CustomerErased Erased(int day = 6) => new("api", Monday.AddDays(day));

    /// <summary>A decision that records facts, without the follow-ups that they trigger, which have tests of their own.</summary>
    public static Decide Record(params IReadOnlyList<ICustomerEvent> facts) =>
        (customer, context) => [.. Recording.Decide(customer, context, facts).Where(e => e is not IFollowUpEvent)];

    /// <summary>A decision that records what it is given, as it is.</summary>
    public static Decide Just(params ICustomerEvent[] events) => (_, _) => events;
}
