using System.ComponentModel.DataAnnotations;
using System.Net;
using Cx.Application.Configuration;
using DnsClient;
using DnsClient.Protocol;

namespace Cx.Application.FollowUps.Readiness;

/// <summary>How a look-up ended.</summary>
public enum DnsOutcome
{
    Answered,

    /// <summary>There is no such name (NXDOMAIN).</summary>
    NoSuchName,

    /// <summary>No answer came in time, or the name servers could not give one.</summary>
    Unavailable,
}

/// <summary>The TXT records of a name.</summary>
/// <param name="Records">Each as one text, however many strings it is stored in; none where there are none.</param>
/// <param name="Problem">Why there is no answer; none where there is one.</param>
public sealed record TxtAnswer(DnsOutcome Outcome, IReadOnlyList<string> Records, string? Problem = null);

/// <summary>Looks names up in DNS.</summary>
public interface IDns
{
    /// <summary>Never throws for what DNS answers, or does not.</summary>
    /// <param name="name">In ASCII, without a dot at its end.</param>
    Task<TxtAnswer> Txt(string name, CancellationToken ct);
}

/// <summary>Which name servers are asked.</summary>
public sealed record DnsOptions : IValidatableObject
{
    [Setting("Cx__Dns__Servers", "addresses of name servers, with :port where that is not 53, separated by commas; default: those of the system")]
    public string? Servers { get; init; }

    internal IReadOnlyList<IPEndPoint> EndPoints() =>
        [.. (Servers ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(s => Read(s) ?? throw new FormatException(s))];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if ((Servers ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(s => Read(s) is null))
        {
            yield return new("addresses such as 192.0.2.53 or [2001:db8::53]:5353, separated by commas.", [nameof(Servers)]);
        }
    }

    private static IPEndPoint? Read(string text) =>
        IPAddress.TryParse(text, out var address) ? new(address, NameServer.DefaultPort) : IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port > 0 ? endPoint : null;
}

/// <summary>Asks the name servers of the system, or those that are set.</summary>
public sealed class DnsLookup(DnsOptions options) : IDns
{
    // Ours: two tries within the time for which a person waits for an answer. Nothing is kept: who has just mended a record wants to see it.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly Lazy<LookupClient> client = new(() => new(Configured(options.EndPoints())));

    public async Task<TxtAnswer> Txt(string name, CancellationToken ct)
    {
        try
        {
            var response = await client.Value.QueryAsync(name, QueryType.TXT, QueryClass.IN, ct);
            return response.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError => new(DnsOutcome.Answered, [.. response.Answers.OfType<TxtRecord>().Select(r => string.Concat(r.Text))]),
                DnsHeaderResponseCode.NotExistentDomain => new(DnsOutcome.NoSuchName, []),
                _ => new(DnsOutcome.Unavailable, [], response.ErrorMessage),
            };
        }
        catch (Exception e) when (e is DnsResponseException or InvalidOperationException or ArgumentException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new(DnsOutcome.Unavailable, [], e is DnsResponseException { Code: not DnsResponseCode.ConnectionTimeout } ? e.Message : "the name servers did not answer in time");
        }
    }

    private static LookupClientOptions Configured(IReadOnlyList<IPEndPoint> servers) => new([.. servers])
    {
        AutoResolveNameServers = servers.Count == 0,
        Timeout = Timeout,
        Retries = 1,
        UseCache = false,
        ThrowDnsErrors = false,
    };
}
