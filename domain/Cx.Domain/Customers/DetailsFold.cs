using System.Text.Json;
using Cx.Domain.Privacy;

namespace Cx.Domain.Customers;

/// <summary>
/// Folds a customer's personal details: each value as last stated by the source's clock. The greatest of instant, revision and value wins, so
/// that arrival does not matter; a later repetition is a change, since it extends how long the value is known to hold. A value is cleared by
/// a later statement that there is none.
/// </summary>
internal static class DetailsFold
{
    /// <summary>The part of a report that changes the state; null when nothing does.</summary>
    public static CustomerDetailsLearned? Diff(Customer customer, CustomerDetailsLearned stated)
    {
        var known = customer.Details;
        var tags = NewerText("tags", stated.Tags?.ToString(), known.Tags?.ToString()) is null ? null : stated.Tags;
        var diff = stated with
        {
            Email = Newer("email", stated.Email, known.Email),
            Phone = Newer("phone", stated.Phone, known.Phone),
            ShopCustomerId = Newer("shopCustomerId", stated.ShopCustomerId, known.ShopCustomerId),
            Visitor = Newer("visitor", stated.Visitor, known.Visitor),
            Handle = Newer("handle", stated.Handle, known.Handle),
            Name = Newer("name", stated.Name, known.Name),
            FirstName = Newer("firstName", stated.FirstName, known.FirstName),
            Language = NewerText("language", stated.Language, known.Language),
            TimeZone = NewerText("timeZone", stated.TimeZone, known.TimeZone),
            Country = NewerText("country", stated.Country, known.Country),
            Relation = NewerRelation(stated.Relation),
            Tags = tags,
            TagText = tags is null ? null : stated.TagText,
        };
        var none = new CustomerDetailsLearned(null, null, null, null, null, null, null, null, null, null, null, stated.OccurredAt) { Revision = stated.Revision };
        return diff == none ? null : diff;

        Personal? Newer(string field, Personal? value, Personal? old) => NewerText(field, value?.Value, old?.Value) is null ? null : value;

        string? NewerText(string field, string? value, string? old) => value is not null
            && !(known.ClearedAt.TryGetValue(field, out var clearedAt) && clearedAt > stated.OccurredAt)
            && (old is null || Order(field) is var order && (order > 0 || (order == 0 && string.CompareOrdinal(value, old) > 0))) ? value : null;

        // Whether the statement is later than that of the known value.
        int Order(string field)
        {
            var (at, revision) = (known.LearnedAt[field], known.RevisedAt.TryGetValue(field, out var revised) ? revised : known.LearnedAt[field]);
            return (stated.OccurredAt, stated.Revision ?? stated.OccurredAt).CompareTo((at, revision));
        }

        // Prospect states nothing: every customer is one before anything else is known.
        Relation? NewerRelation(Relation? value) => value is not (null or Relation.Prospect)
            && (!known.LearnedAt.TryGetValue("relation", out var at) || at < stated.OccurredAt
                || (at == stated.OccurredAt && value > customer.Relation)) ? value : null;
    }

    /// <inheritdoc cref="Diff(Customer, CustomerDetailsLearned)"/>
    public static CustomerDetailsCleared? Diff(Customer customer, CustomerDetailsCleared stated)
    {
        var fields = stated.Fields.Where(f => !(ClearedAt(customer.Details, f) >= stated.OccurredAt)).ToList();
        return fields.Count == 0 ? null : stated with { Fields = fields };
    }

    public static Customer Evolve(Customer customer, CustomerDetailsCleared e) =>
        Diff(customer, e) is { } diff ? customer with { Details = diff.Fields.Aggregate(customer.Details, (d, field) => Cleared(d, field, e.OccurredAt)) } : customer;

    public static Customer Evolve(Customer customer, CustomerDetailsLearned e)
    {
        if (Diff(customer, e) is not { } diff)
        {
            return customer;
        }

        var known = customer.Details;
        (string Field, object? Value)[] stated =
        [
            ("email", diff.Email), ("phone", diff.Phone), ("shopCustomerId", diff.ShopCustomerId),
            ("visitor", diff.Visitor), ("handle", diff.Handle), ("name", diff.Name), ("firstName", diff.FirstName), ("language", diff.Language), ("timeZone", diff.TimeZone),
            ("country", diff.Country), ("relation", diff.Relation), ("tags", diff.Tags),
        ];
        return customer with
        {
            Relation = diff.Relation ?? customer.Relation,
            Details = known with
            {
                Email = diff.Email ?? known.Email,
                Phone = diff.Phone ?? known.Phone,
                ShopCustomerId = diff.ShopCustomerId ?? known.ShopCustomerId,
                Visitor = diff.Visitor ?? known.Visitor,
                Handle = diff.Handle ?? known.Handle,
                Name = diff.Name ?? known.Name,
                FirstName = diff.FirstName ?? known.FirstName,
                Language = diff.Language ?? known.Language,
                TimeZone = diff.TimeZone ?? known.TimeZone,
                Country = diff.Country ?? known.Country,
                Tags = diff.Tags ?? known.Tags,
                TagText = diff.Tags is null ? known.TagText : diff.TagText,
                LearnedAt = known.LearnedAt.SetItems(
                    from s in stated where s.Value is not null select KeyValuePair.Create(s.Field, e.OccurredAt)),
                RevisedAt = e.Revision is { } revision
                    ? known.RevisedAt.SetItems(from s in stated where s.Value is not null select KeyValuePair.Create(s.Field, revision))
                    : known.RevisedAt.RemoveRange(from s in stated where s.Value is not null select s.Field),
            },
        };
    }

    internal static DateTimeOffset? ClearedAt(Details details, DetailsField field) => details.ClearedAt.TryGetValue(KeyOf(field), out var at) ? at : null;

    // A value stated at the same instant stays.
    private static Details Cleared(Details known, DetailsField field, DateTimeOffset at)
    {
        var key = KeyOf(field);
        var cleared = known with { ClearedAt = known.ClearedAt.SetItem(key, at) };
        if (known.LearnedAt.TryGetValue(key, out var learnedAt) && learnedAt >= at)
        {
            return cleared;
        }

        var forgotten = cleared with { LearnedAt = known.LearnedAt.Remove(key), RevisedAt = known.RevisedAt.Remove(key) };
        return field switch
        {
            DetailsField.Email => forgotten with { Email = null },
            DetailsField.Phone => forgotten with { Phone = null },
            DetailsField.Name => forgotten with { Name = null },
            _ => forgotten with { FirstName = null },
        };
    }

    private static string KeyOf(DetailsField field) => JsonNamingPolicy.CamelCase.ConvertName(field.ToString());
}
