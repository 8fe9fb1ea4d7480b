namespace Cx.Domain.FollowUps.Cadences;

/// <summary>One of several messages that a step may send, to see which does better.</summary>
/// <param name="Id">Unique in its step.</param>
/// <param name="Share">Of the customers: above 0, and 1 together with the others.</param>
public sealed record Variant(string Id, double Share, string Template)
{
    /// <summary>
    /// The one that a customer gets, by a stable hash of cadence, step and customer: another version with the same ids and shares gives the same. None where the
    /// step has none.
    /// </summary>
    public static Variant? Of(CadenceDocument cadence, Step step, CustomerId customer)
    {
        if (step.Variants is null)
            return null;

        var variants = step.Variants.OrderBy(v => v.Id, StringComparer.Ordinal).ToList();
        var draw = StableHash.Draw(cadence.Slug, step.Id, customer);
        var below = 0.0;
        return variants.Find(v => draw < (below += v.Share)) ?? variants[^1];
    }
}
