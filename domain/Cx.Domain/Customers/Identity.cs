using Cx.Domain.Privacy;

namespace Cx.Domain.Customers;

/// <summary>What a person can be known by, in order of precedence: the first that points at a customer decides. The numbers are stored.</summary>
public enum IdentifierKind { Order = 0, ShopCustomerId = 1, Email = 2, Phone = 3, Visitor = 4, Handle = 5, Conversation = 6 }

/// <summary>What a customer is to the shop.</summary>
public enum Relation { Prospect, Buyer, Supplier, Collaborator, Investor, Partner }

/// <summary>What was learned about who a customer is; only what is new or different is set.</summary>
/// <param name="Language">BCP 47.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record CustomerDetailsLearned(
    Personal? Email, Personal? Phone, Personal? ShopCustomerId, Personal? Visitor, Personal? Handle, Personal? Name, Personal? FirstName,
    string? Language, string? TimeZone, string? Country, Relation? Relation, DateTimeOffset OccurredAt) : ICustomerEvent
{
    public ICustomerEvent Sealed(Seal seal) => this with
    {
        Email = seal(Email),
        Phone = seal(Phone),
        ShopCustomerId = seal(ShopCustomerId),
        Visitor = seal(Visitor),
        Handle = seal(Handle),
        Name = seal(Name),
        FirstName = seal(FirstName),
    };
}

/// <summary>One delivery named two customers: it went to the one of the higher precedence, and this remembers the other.</summary>
/// <param name="By">The kind of identifier that pointed elsewhere.</param>
public sealed record IdentityConflictFound(CustomerId Other, IdentifierKind By, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>Two customers were found to be one; on both streams. The older leads and takes what comes later.</summary>
public sealed record CustomersLinked(CustomerId Lead, CustomerId Member, DateTimeOffset OccurredAt) : ICustomerEvent;

/// <summary>Two linked customers were found to be two after all.</summary>
public sealed record CustomersUnlinked(CustomerId Lead, CustomerId Member, DateTimeOffset OccurredAt) : ICustomerEvent;
