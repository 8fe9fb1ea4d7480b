using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Application.EventStore;

/// <summary>What a change says of an address in the whole shop: that mail for it was refused for good, or that it was given anew.</summary>
internal readonly record struct AddressNote(IdentifierKind Kind, KeyedHash Hash, short What, DateTimeOffset At);

/// <summary>
/// Refused addresses: they are noted beside the bars, as keyed hashes, so that a refusal under one record holds for all that have the address. That one was
/// given anew is noted as well, and not in its place: the later of the two holds, whichever is recorded first.
/// </summary>
internal static class Refusals
{
    // Beside the purposes of bars. The numbers are stored.
    public const short Refused = 2, GivenAnew = 3;

    /// <param name="after">The customer that the events leave.</param>
    /// <param name="named">The identifiers that the delivery names.</param>
    public static IReadOnlyList<AddressNote> Of(
        InstallationKeys keys, ShopFacts shop, Customer after, IReadOnlyList<ICustomerEvent> events, IReadOnlyList<FoundIdentifier> named, KeyRing keyRing)
    {
        var refused = named.Where(i => i.RefusedAt is not null).ToList();
        return
        [
            .. from x in events.OfType<AddressRefused>()
               from kind in TransactionWrites.KindsOf(x.Channel)
               let hashes = Hashes((IdentifierKind)kind, x.Address)
               where hashes.Count > 0
               select new AddressNote((IdentifierKind)kind, hashes[0], Refused, x.CountsFrom ?? x.OccurredAt),
            .. from given in refused.Count == 0 ? [] : Given(after, events)
               from identifier in refused
               where identifier.Kind == given.Kind && given.At > identifier.RefusedAt
               from hash in Hashes(given.Kind, given.Address)
               where identifier.IsOneOf([hash])
               select new AddressNote(given.Kind, hash, GivenAnew, given.At),
        ];

        IReadOnlyList<KeyedHash> Hashes(IdentifierKind kind, Personal address) => Identification.Hashes(keys, shop, kind, keyRing.Open(address), after.Details.Country);
    }

    // As the state of the customer itself takes them: of a record as stated, of an order as it was placed.
    private static IEnumerable<(IdentifierKind Kind, Personal Address, DateTimeOffset At)> Given(Customer after, IReadOnlyList<ICustomerEvent> events)
    {
        (IdentifierKind Kind, Personal? Address, DateTimeOffset? At)[] stated =
        [
            .. events.OfType<CustomerDetailsLearned>().SelectMany(x => new (IdentifierKind, Personal?, DateTimeOffset?)[]
            {
                (IdentifierKind.Email, x.Email, x.OccurredAt), (IdentifierKind.Phone, x.Phone, x.OccurredAt), (IdentifierKind.Handle, x.Handle, x.OccurredAt),
            }),
            .. from id in events.OfType<IOrderEvent>().Where(e => e is OrderPlaced or OrderContactGiven).Select(e => e.Order).Distinct()
               let order = after.Orders.GetValueOrDefault(id)
               let contact = order?.Contact
               where contact is not null
               from address in new[] { (IdentifierKind.Email, contact.Email), (IdentifierKind.Phone, contact.Phone) }
               select (address.Item1, address.Item2, order!.FirstPlacedAt),
        ];
        return from s in stated where s is { Address: not null, At: not null } select (s.Kind, s.Address!, s.At!.Value);
    }
}
