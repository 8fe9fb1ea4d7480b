using static Cx.Application.FollowUps.Readiness.ReadinessCheck;

namespace Cx.Application.FollowUps.Readiness;

/// <summary>
/// What DMARC says of a domain. Its record stands at the domain itself, else at the nearest domain above it that has one: the organisation's. (The walk up the
/// names, in place of a list of public suffixes, is that of the revised DMARC, draft-ietf-dmarc-dmarcbis §4.10.)
/// </summary>
internal sealed class DmarcCheck(IDns dns)
{
    private const string Check = "dmarc";

    // Of longer names the walk begins at the domain, and goes on with the last seven labels.
    private const int MostLabels = 7;

    public async Task<ReadinessCheck> Of(string domain, CancellationToken ct)
    {
        foreach (var candidate in Names(domain))
        {
            var name = $"_dmarc.{candidate}";
            var answer = await dns.Txt(name, ct);
            if (answer.Outcome == DnsOutcome.Unavailable)
            {
                return Unknown(Check, name, answer);
            }

            var records = answer.Records.Where(r => r.Split(';')[0].Replace(" ", "", StringComparison.Ordinal) == "v=DMARC1").ToList();
            if (records.Count > 0)
            {
                return records is [var record] ? Judged(name, record, isOfParent: candidate != domain)
                    : Fail(Check, name, string.Join(" / ", records), $"{name} has {records.Count} DMARC records, so receivers heed none of them.", "Delete all but one.");
            }
        }

        return Fail(
            Check, $"_dmarc.{domain}", null, $"Neither {domain} nor a domain above it has a DMARC record, which large receivers ask of whoever sends marketing.",
            $"Publish a TXT record at _dmarc.{domain}, such as \"v=DMARC1; p=quarantine; rua=mailto:<address for reports>\".");
    }

    private static ReadinessCheck Judged(string name, string record, bool isOfParent)
    {
        var tags = TagList.Read(record);
        var policy = tags is null ? null : (isOfParent ? tags.GetValueOrDefault("sp") : null) ?? tags.GetValueOrDefault("p");
        var where = isOfParent ? ", by the record of the organisation's domain" : "";
        return policy?.ToLowerInvariant() switch
        {
            "reject" or "quarantine" => Pass(Check, name, record, $"Receivers are asked to {policy.ToLowerInvariant()} what is forged{where}."),
            "none" => Warn(
                Check, name, record, $"The policy is none{where}: receivers report, and let forged mail through.", "Once the reports show that your own mail passes, ask for p=quarantine or p=reject."),
            _ => Fail(Check, name, record, "The record cannot be read: it has no policy p=none, quarantine or reject.", "Correct the record, such as \"v=DMARC1; p=quarantine\"."),
        };
    }

    // Not the last label alone: a top-level domain is nobody's.
    private static IEnumerable<string> Names(string domain)
    {
        yield return domain;
        var labels = domain.Split('.');
        for (var left = Math.Min(labels.Length - 1, MostLabels); left >= 2; left--)
        {
            yield return string.Join('.', labels[^left..]);
        }
    }
}
