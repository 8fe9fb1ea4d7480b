using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.Customers;

/// <summary>The contact that an order was given with. What is written about the order goes there.</summary>
/// <param name="OwnEmail">The address in the buyer's own record at that time; none where the record has none.</param>
/// <param name="Language">BCP 47.</param>
/// <param name="Country">ISO 3166-1 alpha-2, of the address that it is billed to, else sent to.</param>
/// <param name="Province">The code of that address's province or state, as the source writes it: <c>NY</c>.</param>
/// <param name="OccurredAt">The revision of the order that has it, by the source's clock.</param>
public sealed record OrderContactGiven(
    OrderId Order, Personal? Email, Personal? OwnEmail, Personal? Phone, Personal? Name, Personal? FirstName, string? Language, string? Country,
    string? Province, Personal? Postcode, DateTimeOffset OccurredAt) : IOrderEvent
{
    /// <summary>The time zones in which the postcode lies, derived while it could be read: IANA names with a space between; none where it says nothing.</summary>
    public string? PostcodeZones { get; init; }

    /// <summary>Whether the buyer picks the order up in the shop; none where the source does not say.</summary>
    public bool? ForPickUp { get; init; }

    /// <summary>Whether the source says that the order has no e-mail address; none where it does not say.</summary>
    public bool? HasNoEmail { get; init; }

    /// <summary>Whether it says nothing.</summary>
    [JsonIgnore]
    public bool IsEmpty => this == new OrderContactGiven(Order, null, null, null, null, null, null, null, null, null, OccurredAt);

    public ICustomerEvent Sealed(Seal seal) => this with
    {
        Email = seal(Email),
        OwnEmail = seal(OwnEmail),
        Phone = seal(Phone),
        Name = seal(Name),
        FirstName = seal(FirstName),
        Postcode = seal(Postcode),
    };
}

/// <summary>The contact of an order, sealed, as last stated.</summary>
/// <param name="StatedAt">The revision of the order that states it, by the source's clock.</param>
public sealed record OrderContact(
    Personal? Email, Personal? Phone, Personal? Name, Personal? FirstName, string? Language, string? Country, string? Province, Personal? Postcode,
    DateTimeOffset StatedAt)
{
    /// <summary>The address of the buyer's own record, as last stated with the order: it stays known when the record loses it.</summary>
    public Personal? OwnEmail { get; init; }

    public DateTimeOffset? OwnEmailAt { get; init; }

    /// <inheritdoc cref="OrderContactGiven.PostcodeZones"/>
    public string? PostcodeZones { get; init; }

    /// <inheritdoc cref="OrderContactGiven.ForPickUp"/>
    public bool? ForPickUp { get; init; }

    /// <inheritdoc cref="OrderContactGiven.HasNoEmail"/>
    public bool? HasNoEmail { get; init; }

    /// <summary>The contact after a further statement: the later one as a whole, at the same instant the greater one, so that arrival does not matter.</summary>
    internal static OrderContact Latest(OrderContact? known, OrderContactGiven x)
    {
        var stated = new OrderContact(x.Email, x.Phone, x.Name, x.FirstName, x.Language, x.Country, x.Province, x.Postcode, x.OccurredAt)
        {
            PostcodeZones = x.PostcodeZones,
            ForPickUp = x.ForPickUp,
            HasNoEmail = x.HasNoEmail,
        };
        var latest = known is null || Compare(stated, known) > 0 ? stated : known;
        var isOwnNewer = x.OwnEmail is not null
            && (known?.OwnEmailAt is not { } at || at < x.OccurredAt || (at == x.OccurredAt && string.CompareOrdinal(x.OwnEmail.Value, known.OwnEmail!.Value) > 0));
        return latest with { OwnEmail = isOwnNewer ? x.OwnEmail : known?.OwnEmail, OwnEmailAt = isOwnNewer ? x.OccurredAt : known?.OwnEmailAt };
    }

    private static int Compare(OrderContact a, OrderContact b)
    {
        var order = a.StatedAt.CompareTo(b.StatedAt);
        foreach (var (x, y) in a.Texts().Zip(b.Texts()))
        {
            order = order != 0 ? order : string.CompareOrdinal(x, y);
        }

        return order;
    }

    private ImmutableArray<string?> Texts() => [Email?.Value, Phone?.Value, Name?.Value, FirstName?.Value, Language, Country, Province, PostcodeZones, ForPickUp?.ToString(), HasNoEmail?.ToString(), Postcode?.Value];
}
