using Cx.Domain.Privacy;

namespace Cx.Domain.Customers;

/// <summary>Folds what was learned about a person: each value as last said by the source's clock.</summary>
public static class DetailsFold
{
    private const string RelationField = "relation";

    public static Details Evolve(Details details, CustomerDetailsLearned e)
    {
        details = Take(details, "email", e.Email, e.OccurredAt, d => d.Email, (d, v) => d with { Email = v });
        details = Take(details, "phone", e.Phone, e.OccurredAt, d => d.Phone, (d, v) => d with { Phone = v });
        details = Take(details, "shopCustomerId", e.ShopCustomerId, e.OccurredAt, d => d.ShopCustomerId, (d, v) => d with { ShopCustomerId = v });
        details = Take(details, "visitor", e.Visitor, e.OccurredAt, d => d.Visitor, (d, v) => d with { Visitor = v });
        details = Take(details, "handle", e.Handle, e.OccurredAt, d => d.Handle, (d, v) => d with { Handle = v });
        details = Take(details, "name", e.Name, e.OccurredAt, d => d.Name, (d, v) => d with { Name = v });
        details = Take(details, "firstName", e.FirstName, e.OccurredAt, d => d.FirstName, (d, v) => d with { FirstName = v });
        details = Take(details, "language", e.Language, e.OccurredAt, d => d.Language, (d, v) => d with { Language = v });
        details = Take(details, "timeZone", e.TimeZone, e.OccurredAt, d => d.TimeZone, (d, v) => d with { TimeZone = v });
        return Take(details, "country", e.Country, e.OccurredAt, d => d.Country, (d, v) => d with { Country = v });
    }

    /// <summary>What the customer is said to be, as last said; a purchase alone makes a buyer.</summary>
    public static Customer Evolve(Customer customer, CustomerDetailsLearned e)
    {
        var details = Evolve(customer.Details, e);
        return e.Relation is { } relation && WinsRelation(customer, relation, e.OccurredAt)
            ? customer with { Details = details with { LearnedAt = details.LearnedAt.SetItem(RelationField, e.OccurredAt) }, Relation = relation }
            : customer with { Details = details };
    }

    /// <summary>The part of a report that would change something; none when nothing would.</summary>
    public static CustomerDetailsLearned? News(Customer customer, CustomerDetailsLearned said)
    {
        var details = customer.Details;
        Personal? New(string field, Personal? value, Personal? known) => value is not null && Wins(details, field, value.Value, said.OccurredAt, known?.Value) ? value : null;
        string? NewText(string field, string? value, string? known) => value is not null && Wins(details, field, value, said.OccurredAt, known) ? value : null;

        var news = said with
        {
            Email = New("email", said.Email, details.Email),
            Phone = New("phone", said.Phone, details.Phone),
            ShopCustomerId = New("shopCustomerId", said.ShopCustomerId, details.ShopCustomerId),
            Visitor = New("visitor", said.Visitor, details.Visitor),
            Handle = New("handle", said.Handle, details.Handle),
            Name = New("name", said.Name, details.Name),
            FirstName = New("firstName", said.FirstName, details.FirstName),
            Language = NewText("language", said.Language, details.Language),
            TimeZone = NewText("timeZone", said.TimeZone, details.TimeZone),
            Country = NewText("country", said.Country, details.Country),
            Relation = said.Relation is { } relation && WinsRelation(customer, relation, said.OccurredAt) ? relation : null,
        };
        return news == new CustomerDetailsLearned(null, null, null, null, null, null, null, null, null, null, null, said.OccurredAt) ? null : news;
    }

    // Prospect says nothing: everybody is one before anything else is known.
    private static bool WinsRelation(Customer customer, Relation said, DateTimeOffset at) =>
        said != Relation.Prospect
        && (!customer.Details.LearnedAt.TryGetValue(RelationField, out var known) || known < at || (known == at && said > customer.Relation));

    private static Details Take<T>(Details details, string field, T? value, DateTimeOffset at, Func<Details, T?> get, Func<Details, T, Details> set) where T : class =>
        value is not null && Wins(details, field, Text(value), at, get(details) is { } known ? Text(known) : null)
            ? set(details, value) with { LearnedAt = details.LearnedAt.SetItem(field, at) }
            : details;

    private static string Text(object value) => value is Personal p ? p.Value : (string)value;

    // The greatest pair of instant and value wins, so that arrival does not matter; a later repetition counts, as it says until when
    // the value was known to hold.
    private static bool Wins(Details details, string field, string value, DateTimeOffset at, string? known) =>
        known is null || details.LearnedAt[field] < at || (details.LearnedAt[field] == at && string.CompareOrdinal(value, known) > 0);
}
