using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Cx.Application.Privacy;

namespace Cx.Application.Intake.Sources;

/// <summary>
/// Standard Webhooks 1.0 (standardwebhooks.com) carrying our touchpoint JSON: HMAC-SHA256 over <c>id.timestamp.body</c> under the decoded
/// secret. Signatures of other versions, such as <c>v1a</c> (ed25519), are ignored.
/// </summary>
public sealed class StandardSource(InstallationKeys keys) : ISource
{
    public const string SourceName = "standard";

    private const string SecretPrefix = "whsec_";

    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(300);

    public string Name => SourceName;

    public Verdict Verify(Incoming incoming, IReadOnlyList<string> secrets)
    {
        if (incoming.Header("webhook-id") is not { Length: > 0 } id || incoming.Header("webhook-timestamp") is not { Length: > 0 } stamp
            || incoming.Header("webhook-signature") is not { Length: > 0 } header)
        {
            return Verdict.Forged;
        }

        var signatures = Offered(header);
        if (!IsId(id) || Seconds(stamp) is not { } seconds || signatures.Count == 0)
            return Verdict.Malformed;

        if ((incoming.ReceivedAt - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance)
            return Verdict.Forged;

        var prefix = Encoding.ASCII.GetBytes($"{id}.{stamp}.");
        return Signatures.IsSigned(secrets.Select(Key).OfType<byte[]>(), prefix, incoming.Body.Span, signatures) ? Verdict.Authentic : Verdict.Forged;
    }

    public string DeliveryKey(Incoming incoming) => incoming.Header("webhook-id") ?? "";

    public string Topic(Incoming incoming) => "touchpoint";

    public string? RefuseSecret(string secret) =>
        Key(secret) is not null ? null : "The secret must be whsec_ followed by 24 to 64 bytes in padded base64.";

    /// <exception cref="Cx.Application.Api.ApiProblem">It carries more touchpoints than a request may.</exception>
    public Translation Translate(Incoming incoming)
    {
        var items = Touchpoints(incoming.Json).ToList();
        if (items.Count > TouchpointIntake.MaxItems)
            throw TouchpointIntake.InvalidItemCount(items.Count);

        var reports = new List<Report>();
        var errors = new List<TouchpointError>();
        var index = 0;
        foreach (var (path, item) in items)
        {
            var (report, _, wrong) = TouchpointReader.Read(item, incoming.ReceivedAt, Lookup.IdOf(keys, SourceName, "", $"{DeliveryKey(incoming)}/{index++}"), SourceName);
            errors.AddRange(wrong.Select(e => e with { Path = path + e.Path }));
            if (report is not null)
                reports.Add(report with { Payload = JsonMarshal.GetRawUtf8Value(item).ToArray() });
        }

        return errors.Count > 0 ? throw new UntranslatableException(string.Join("; ", errors))
            : reports.Count == 0 ? new Translation.Nothing()
            : new Translation.Reports(reports);
    }

    /// <summary>One touchpoint, an array of them, or an object with an array of them.</summary>
    private static IEnumerable<(string Path, JsonElement Item)> Touchpoints(JsonElement json)
    {
        var list = ExactJson.Property(json, "touchpoints") ?? json;
        return list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Select((item, i) => ($"{(json.ValueKind is JsonValueKind.Array ? "" : "/touchpoints")}/{i}", item))
            : [("", list)];
    }

    private static List<byte[]> Offered(string header) =>
    [
        .. from part in header.Split(' ')
           where part.StartsWith("v1,", StringComparison.Ordinal) && Signatures.FromBase64(part[3..]) is not null
           select Signatures.FromBase64(part[3..])!,
    ];

    private static byte[]? Key(string secret) =>
        secret.StartsWith(SecretPrefix, StringComparison.Ordinal)
        && Signatures.CanonicalBase64(secret.AsSpan(SecretPrefix.Length)) is { Length: >= 24 and <= 64 } key ? key : null;

    private static bool IsId(string id) => id.Length <= 256 && id.All(c => c is > ' ' and <= '~');

    /// <summary>Unix seconds in canonical form: at most eleven digits, no sign, no space, no leading zero.</summary>
    private static long? Seconds(string text) =>
        text is { Length: <= 11 } and not ['0', ..] && text.All(char.IsAsciiDigit) ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}
