using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Functions.Store.Sealing;

namespace Cx.Functions.Store.Postgres;

/// <summary>An event on its way into the log, with its metadata.</summary>
internal sealed record Appended(ICustomerEvent Event, string Correlation, string Causation, byte[] Headers);

/// <summary>An identifier that becomes a customer's.</summary>
/// <param name="Seen">Whether a delivery that waits for it had made its row.</param>
internal readonly record struct Claim(IdentifierKind Kind, KeyedHash Hash, bool Seen = false);

/// <summary>What one decision changes, ready to be written.</summary>
/// <param name="Before">The version that was read: if it has moved on, everything is read and decided again.</param>
/// <param name="NewKey">The sealing key of a customer who did not exist.</param>
/// <param name="Applied">Waiting deliveries that this change applies, once for each reference they wait for.</param>
internal sealed record Change(ShopId Shop, Customer After, long Before, IReadOnlyList<Appended> Events, DateTimeOffset? DueAt)
{
    public Wrapped? NewKey { get; init; }

    public IReadOnlyList<Claim> Claims { get; init; } = [];

    public IReadOnlyList<WaitingRow> Applied { get; init; } = [];
}

/// <summary>A delivery that waits for the reference it names.</summary>
internal sealed record WaitingRow(short Kind, byte[] Hash, byte[] Delivery, string Source, int KeyVersion, byte[] Key, byte[] Facts);
