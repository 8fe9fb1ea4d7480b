using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;

namespace Cx.Application.EventStore.Postgres;

/// <summary>An identifier that becomes a customer's.</summary>
/// <param name="Seen">Whether a delivery that waits for it had made its row.</param>
internal readonly record struct Claim(IdentifierKind Kind, KeyedHash Hash, bool Seen = false);

/// <summary>What one decision changes, ready to be written.</summary>
/// <param name="Before">The version that was read: if it has moved on, everything is read and decided again.</param>
/// <param name="NewKey">The sealing key of a customer who did not exist.</param>
/// <param name="Applied">Waiting deliveries that this change applies, once for each reference they wait for.</param>
internal sealed record Change(ShopId Shop, Customer After, long Before, IReadOnlyList<Appended> Events, DateTimeOffset? DueAt)
{
    /// <summary>Its events as they go to the end of the customer's stream; none when nothing was decided.</summary>
    public IEnumerable<StreamAppend> Appends => Events.Count == 0 ? [] : [new(Shop, CustomerStream.Of(After.Id), After.Version, After.RecordedAt, Events)];

    public Wrapped? NewKey { get; init; }

    public IReadOnlyList<Claim> Claims { get; init; } = [];

    public IReadOnlyList<WaitingRow> Applied { get; init; } = [];

    /// <summary>The delivery behind it, as it is kept.</summary>
    public Delivery? Delivery { get; init; }

    /// <summary>Further customers whom the delivery concerns.</summary>
    public IReadOnlyList<CustomerId> Others { get; init; } = [];

    /// <summary>None when nothing happened with somebody who is only named.</summary>
    public CustomerId? Customer => After.Version > 0 ? After.Id : null;

    /// <summary>Whether it comes of a wake: then the due instant is written anew also where nothing was decided.</summary>
    public bool IsWake { get; init; }

    /// <summary>Whether anything of the customer's is to be written.</summary>
    public bool IsChange => IsWake || Events.Count > 0 || Claims.Count > 0;
}

/// <summary>A delivery that waits for the reference it names.</summary>
internal sealed record WaitingRow(short Kind, byte[] Hash, byte[] Delivery, string Source, int KeyVersion, byte[] Key, byte[] Facts);
