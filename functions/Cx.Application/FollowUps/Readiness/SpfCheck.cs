using System.Net;
using System.Net.Sockets;
using static Cx.Application.FollowUps.Readiness.ReadinessCheck;

namespace Cx.Application.FollowUps.Readiness;

/// <summary>
/// What SPF (RFC 7208) says of a domain: that there is one record, that receivers can evaluate it, and that it does not admit everybody. Whether the relay is
/// among those whom it admits only the relay's operator knows.
/// </summary>
internal sealed class SpfCheck(IDns dns)
{
    private const string Check = "spf";

    // RFC 7208 §4.6.4
    private const int MostLookups = 10;

    private static readonly string[] AskDns = ["include", "a", "mx", "ptr", "exists"];

    public async Task<ReadinessCheck> Of(string domain, CancellationToken ct)
    {
        var answer = await dns.Txt(domain, ct);
        var records = RecordsOf(answer);
        return answer.Outcome switch
        {
            DnsOutcome.Unavailable => Unknown(Check, domain, answer),
            DnsOutcome.NoSuchName => Fail(Check, domain, null, $"The domain {domain} does not exist in DNS.", "Write from a domain of yours: Cx__Smtp__FromAddress."),
            _ when records.Count == 0 => Fail(
                Check, domain, null, $"{domain} says nothing about who may send for it: large receivers refuse such mail, or take it for spam.",
                $"Publish a TXT record at {domain} that names your relay, such as \"v=spf1 include:<the relay's name> ~all\"; the relay's operator says which."),
            _ when records.Count > 1 => Fail(
                Check, domain, string.Join(" / ", records), $"{domain} has {records.Count} SPF records, so receivers heed none of them (permerror).", "Join them to one record, and delete the others."),
            _ => await Judged(domain, records[0], ct),
        };
    }

    private async Task<ReadinessCheck> Judged(string domain, string record, CancellationToken ct)
    {
        var walk = new Walk();
        await Follow(domain, record, walk, ct);
        return walk switch
        {
            { Error: { } error } => Fail(Check, domain, record, $"Receivers cannot evaluate the record, and heed none of it (permerror): {error}.", "Correct the record as the relay's operator says."),
            { Unknown: { } unknown } => Warn(Check, domain, record, $"The record includes {unknown}, which could not be looked up now.", "Ask again later."),
            { All: '+' } => Fail(Check, domain, record, "The record admits everybody, so it protects from nobody, and receivers distrust it.", "End it with ~all or -all."),
            { All: '-' or '~' } => Pass(Check, domain, record, $"The record says who may send for {domain}, and takes {walk.Lookups} of {MostLookups} look-ups. Your relay has to be among them: its operator says how."),
            _ => Warn(Check, domain, record, "The record says nothing about senders that it does not name.", "End it with ~all or -all."),
        };
    }

    // What is included, and what is redirected to, has to be right as well, and is counted with it.
    private async Task Follow(string domain, string record, Walk walk, CancellationToken ct)
    {
        string? redirect = null;
        var all = '\0';
        foreach (var term in record.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            if (term.IndexOfAny([':', '/', '=']) is var at && at > 0 && term[at] == '=')
            {
                redirect = term[..at].Equals("redirect", StringComparison.OrdinalIgnoreCase) ? term[(at + 1)..] : redirect;
                continue;
            }

            var qualifier = term[0] is '+' or '-' or '~' or '?' ? term[0] : '+';
            var mechanism = term.TrimStart('+', '-', '~', '?');
            var name = mechanism.Split(':', '/')[0].ToLowerInvariant();
            var value = mechanism.Length > name.Length && mechanism[name.Length] == ':' ? mechanism[(name.Length + 1)..] : null;
            if (!IsRight(name, value))
            {
                walk.Error ??= $"'{term}' in the record of {domain} is no mechanism of SPF";
                return;
            }

            all = name == "all" ? qualifier : all;
            if (AskDns.Contains(name) && !walk.Count())
            {
                return;
            }

            if (name == "include" && !await Enter(value!, walk, isInclude: true, ct))
            {
                return;
            }
        }

        if (all == '\0' && redirect is not null)
        {
            if (walk.Count())
            {
                await Enter(redirect, walk, isInclude: false, ct);
            }

            return;
        }

        walk.All = all;
    }

    // What the included record says of everybody else says nothing about the one that includes it. Names with macros are known only when a mail arrives.
    private async Task<bool> Enter(string domain, Walk walk, bool isInclude, CancellationToken ct)
    {
        if (domain.Contains('%', StringComparison.Ordinal))
        {
            return true;
        }

        var answer = await dns.Txt(domain.TrimEnd('.'), ct);
        if (answer.Outcome == DnsOutcome.Unavailable)
        {
            walk.Unknown ??= domain;
            return false;
        }

        if (RecordsOf(answer) is not [var record])
        {
            walk.Error ??= $"it names {domain}, which has {(RecordsOf(answer).Count == 0 ? "no SPF record" : "several SPF records")}";
            return false;
        }

        var before = walk.All;
        await Follow(domain, record, walk, ct);
        walk.All = isInclude ? before : walk.All;
        return walk is { Error: null, Unknown: null };
    }

    private static bool IsRight(string name, string? value) => name switch
    {
        "all" => value is null,
        "include" or "exists" => !string.IsNullOrWhiteSpace(value),
        "a" or "mx" or "ptr" => value is null or { Length: > 0 },
        "ip4" => IsNetwork(value, AddressFamily.InterNetwork, 32),
        "ip6" => IsNetwork(value, AddressFamily.InterNetworkV6, 128),
        _ => false,
    };

    private static bool IsNetwork(string? value, AddressFamily family, int bits) =>
        value?.Split('/') is [var address, .. var length] && IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == family
        && length is [] or [_] && (length is not [var prefix] || (int.TryParse(prefix, out var n) && n >= 0 && n <= bits));

    private static List<string> RecordsOf(TxtAnswer answer) =>
        [.. answer.Records.Where(r => r.Equals("v=spf1", StringComparison.OrdinalIgnoreCase) || r.StartsWith("v=spf1 ", StringComparison.OrdinalIgnoreCase))];

    /// <summary>What was found on the way.</summary>
    private sealed class Walk
    {
        public int Lookups { get; private set; }

        public string? Error { get; set; }

        public string? Unknown { get; set; }

        /// <summary>The qualifier of <c>all</c>; none: it says nothing of everybody else.</summary>
        public char All { get; set; }

        public bool Count()
        {
            if (++Lookups > MostLookups)
            {
                Error ??= $"it takes more than {MostLookups} look-ups";
            }

            return Error is null;
        }
    }
}
