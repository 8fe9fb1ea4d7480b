using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Application.Customers;

/// <summary>A customer as the API shows it, personal values in the clear.</summary>
public sealed record CustomerResponse(
    CustomerId Id, Relation Relation, DateTimeOffset? FirstContactAt, DateTimeOffset? LastContactAt, DetailsResponse Details,
    IReadOnlyList<ConsentResponse> Consents, IReadOnlyList<OrderResponse> Orders, IReadOnlyList<ComplaintResponse> Complaints,
    IReadOnlyList<ConversationResponse> Conversations, IReadOnlyList<FollowUpResponse> FollowUps,
    IReadOnlyList<CustomerId> Linked, IReadOnlyList<CustomerId> ConflictsWith, RightResponse? Restriction, RightResponse? ProfilingObjection)
{
    public static CustomerResponse Of(Customer c, Unsealer unsealer) => new(
        c.Id, c.Relation, c.FirstContactAt, c.LastContactAt, DetailsResponse.Of(c.Details, unsealer), ConsentResponse.Of(c),
        [.. c.Orders.Select(o => OrderResponse.Of(o.Key, o.Value, unsealer))],
        [.. c.Complaints.Select(k => ComplaintResponse.Of(k.Key, k.Value, unsealer))],
        [.. c.Conversations.Select(t => ConversationResponse.Of(t.Key, t.Value, unsealer))],
        [.. c.FollowUps.Select(f => FollowUpResponse.Of(f.Key, f.Value))],
        [.. c.Members], [.. c.ConflictsWith], RightResponse.Of(c.Restriction), RightResponse.Of(c.ProfilingObjection));
}

public sealed record DetailsResponse(
    string? Email, string? Phone, string? ShopCustomerId, string? VisitorId, string? Handle, string? Name, string? FirstName,
    string? Language, string? TimeZone, string? Country, IReadOnlyList<string>? Tags)
{
    public static DetailsResponse Of(Details d, Unsealer unsealer) => new(
        unsealer.Text(d.Email), unsealer.Text(d.Phone), unsealer.Text(d.ShopCustomerId), unsealer.Text(d.Visitor),
        unsealer.Text(d.Handle), unsealer.Text(d.Name),
        unsealer.Text(d.FirstName), d.Language, d.TimeZone, d.Country, TagsResponse.Of(d.Tags, d.TagText, unsealer));
}

/// <param name="At">When it was given or withdrawn.</param>
/// <param name="Source">Who told us.</param>
public sealed record ConsentResponse(Channel Channel, Purpose Purpose, bool Given, ConsentBasis? Basis, DateTimeOffset At, string Source)
{
    public static IReadOnlyList<ConsentResponse> Of(Customer c) =>
    [
        .. from channel in Enum.GetValues<Channel>()
           from purpose in Enum.GetValues<Purpose>()
           let consent = c.Consents.GetValueOrDefault(ConsentKey.Of(channel, purpose))
           where consent is not null
           select new ConsentResponse(channel, purpose, consent.Given, consent.Given ? consent.Basis : null, consent.At, consent.Source),
    ];
}

/// <param name="SalesChannel">Where it was made, in the source's own words.</param>
/// <param name="Renewal">Whether it renews a subscription; none: not said.</param>
/// <param name="Tags">As they were written; none: not said.</param>
public sealed record OrderResponse(
    OrderId Id, string? Number, DateTimeOffset? PlacedAt, Money? Total, IReadOnlyList<OrderLineResponse> Lines, DateOnly? PromisedBy,
    DateTimeOffset? PaidAt, DateTimeOffset? ShippedAt, DateTimeOffset? DeliveredAt, DateTimeOffset? CancelledAt, Canceller? CancelledBy,
    DateTimeOffset? RefundRequestedAt, IReadOnlyList<RefundResponse> Refunds, string? SalesChannel, bool? Renewal, IReadOnlyList<string>? Tags)
{
    public static OrderResponse Of(OrderId id, Order o, Unsealer unsealer) => new(
        id, o.Number, o.PlacedAt, o.Total, [.. o.Lines.Select(l => OrderLineResponse.Of(l, o.Total?.Currency))], o.PromisedBy, o.PaidAt,
        o.ShippedAt(), o.DeliveredAt(), o.CancelledAt,
        o.CancelledBy, o.RefundRequestedAt,
        [.. o.StandingRefunds().Select(r => new RefundResponse(r.Id, r.Refund.Amount, r.Refund.Full, r.Refund.At))],
        o.Traits?.SalesChannel, o.Traits?.IsRenewal, TagsResponse.Of(o.Traits?.Tags, o.Traits?.TagText, unsealer));
}

/// <summary>Tags as a person wrote them.</summary>
internal static class TagsResponse
{
    /// <summary>Nothing where none were stated, or they can no longer be read.</summary>
    public static IReadOnlyList<string>? Of(Labels? tags, Personal? text, Unsealer unsealer) => tags is { Count: 0 } ? []
        : unsealer.Text(text)?.Split(Labels.Separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <param name="Kind">Digital or a gift card; none: goods that a parcel brings.</param>
public sealed record OrderLineResponse(ProductId? Product, string? Sku, string Title, decimal Quantity, Money Price, string? Category, LineKind? Kind, IReadOnlyCollection<string>? Tags,
    IReadOnlyCollection<string>? Collections)
{
    public static OrderLineResponse Of(OrderLine l, string? currency) =>
        new(l.Product, l.Sku, l.Title, l.Quantity, new(l.Price, currency ?? ""), l.Category, l.Kind, l.Tags, l.Collections);
}

public sealed record RefundResponse(string Id, Money? Amount, bool Full, DateTimeOffset At);

/// <param name="Id">As it is stored: a hash. Requests may name it by this or by the reference.</param>
/// <param name="Reference">The id that the caller gave it.</param>
public sealed record ComplaintResponse(
    ComplaintId Id, Channel? Channel, OrderId? OrderId, DateTimeOffset? OpenedAt, DateTimeOffset? ResolvedAt, string? Reference)
{
    public static ComplaintResponse Of(ComplaintId id, Complaint k, Unsealer unsealer) =>
        new(id, k.Channel, k.Order, k.OpenedAt, k.ResolvedAt, unsealer.Text(k.Reference));
}

/// <param name="Id">As it is stored: a hash. Touchpoints may name it by this or by the reference.</param>
/// <param name="Waiting">Whether the customer waits for an answer.</param>
/// <param name="Reference">The id that the caller gave it.</param>
public sealed record ConversationResponse(
    ConversationId Id, Channel Channel, OrderId? OrderId, bool Waiting, IReadOnlyList<ExchangeResponse> Exchanges, string? Reference)
{
    public static ConversationResponse Of(ConversationId id, Conversation t, Unsealer unsealer)
    {
        var exchanges = t.Exchanges().Select(x => new ExchangeResponse(x.AskedAt, x.AnsweredAt)).ToList();
        return new(id, t.Channel, t.Order, exchanges.Exists(x => x.AnsweredAt is null), exchanges, unsealer.Text(t.Reference));
    }
}

public sealed record ExchangeResponse(DateTimeOffset AskedAt, DateTimeOffset? AnsweredAt);

/// <summary>A follow-up in short; why each step is as it is has a route of its own.</summary>
public sealed record FollowUpResponse(
    FollowUpId Id, string Cadence, int Version, OrderId? OrderId, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, Reason? EndedFor,
    IReadOnlyList<StepResponse> Steps)
{
    public static FollowUpResponse Of(FollowUpId id, FollowUp f) => new(
        id, f.Cadence, f.Version, f.Order, f.StartedAt, f.EndedAt, f.EndedFor,
        [.. f.Steps.Select(s => new StepResponse(s.Key, s.Value.Status, s.Value.Reason, s.Value.Due, s.Value.SentAt))]);
}

public sealed record StepResponse(string Step, StepStatus Status, Reason? Reason, DateTimeOffset? Due, DateTimeOffset? SentAt);
