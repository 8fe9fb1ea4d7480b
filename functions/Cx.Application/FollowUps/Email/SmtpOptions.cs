using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Text.RegularExpressions;
using Cx.Application.Configuration;

namespace Cx.Application.FollowUps.Email;

/// <summary>How the connection to the relay is protected.</summary>
public enum SmtpSecurity
{
    /// <summary>Not at all: for a relay on the same machine.</summary>
    None,

    /// <summary>TLS asked for after the greeting; a relay that does not offer it gets nothing (port 587).</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,
}

/// <summary>The settings of the SMTP relay.</summary>
public sealed partial record SmtpOptions : IValidatableObject
{
    private readonly int? port;

    [Setting("Cx__Smtp__Host", "name or address of the mail relay")]
    [Required(ErrorMessage = HostForm)]
    public required string Host { get; init => field = value.Trim(); }

    /// <summary>When the setting is absent: 587 for StartTls, 465 for Tls, 25 for None.</summary>
    [Setting("Cx__Smtp__Port", "default: 587 with starttls, 465 with tls, 25 with none")]
    [Range(1, 65535, ErrorMessage = "a port from 1 to 65535.")]
    public int Port { get => port ?? Security switch { SmtpSecurity.None => 25, SmtpSecurity.Tls => 465, _ => 587 }; init => port = value; }

    [Setting("Cx__Smtp__Security", "none, starttls (default) or tls")]
    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    [Setting("Cx__Smtp__User", "together with the password, where the relay asks for one")]
    public string? User { get; init; }

    [Setting("Cx__Smtp__Password", "never sent unencrypted, but to this machine")]
    public string? Password { get; init; }

    [Setting("Cx__Smtp__FromAddress", "the sender's address, required by smtp")]
    [Required(ErrorMessage = AddressForm)]
    public required string FromAddress { get; init => field = value.Trim(); }

    [Setting("Cx__Smtp__FromName", "the sender's name; default: the shop's")]
    public string? FromName { get; init; }

    [Setting("Cx__Smtp__DkimDomain", "domain that messages are signed for (DKIM); default: the relay signs")]
    public string? DkimDomain { get; init => field = value?.Trim().ToLowerInvariant(); }

    [Setting("Cx__Smtp__DkimSelector", "names the public key in DNS: <selector>._domainkey.<domain>")]
    public string? DkimSelector { get; init => field = value?.Trim(); }

    [Setting("Cx__Smtp__DkimPrivateKey", "RSA or Ed25519 as PEM, or the path of a file that holds it")]
    public string? DkimPrivateKey { get; init; }

    /// <summary>Bounds each step alone: from connecting to the greeting, then from one reply to the next. The answer to the body gets ten times as
    /// long (RFC 5321 §4.5.3.2.6).</summary>
    [Setting("Cx__Smtp__TimeoutSeconds", "for each command, from 1 to 600; default 60")]
    [Range(1, 600, ErrorMessage = "from 1 to 600.")]
    public int TimeoutSeconds { get; init; } = 60;

    internal TimeSpan CommandTimeout => TimeSpan.FromSeconds(TimeoutSeconds);

    internal TimeSpan BodyTimeout => TimeSpan.FromSeconds(TimeoutSeconds * 10.0);

    private const string HostForm = "the name or address of the mail relay is needed.";
    private const string AddressForm = "a bare e-mail address is needed.";

    // The generated one would print the password.
    public override string ToString() => $"{Host}:{Port} ({Security})";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Host) && Uri.CheckHostName(Host) == UriHostNameType.Unknown) yield return new(HostForm, [nameof(Host)]);
        if (!string.IsNullOrEmpty(FromAddress) && !MailAddressLine.TryParse(FromAddress, out _)) yield return new(AddressForm, [nameof(FromAddress)]);
        if (FromName?.Any(char.IsControl) == true) yield return new("one line of text.", [nameof(FromName)]);
        if (User is null && Password is not null) yield return new("needed, as Cx__Smtp__Password is set.", [nameof(User)]);
        if (User is not null && Password is null) yield return new("needed, as Cx__Smtp__User is set.", [nameof(Password)]);
        if (User?.Contains('\0', StringComparison.Ordinal) == true) yield return new("holds a NUL character.", [nameof(User)]);
        if (Password?.Contains('\0', StringComparison.Ordinal) == true) yield return new("holds a NUL character.", [nameof(Password)]);
        if (User is not null && Security == SmtpSecurity.None && !IsLoopback(Host))
        {
            yield return new("a password is not sent over an unencrypted connection; use starttls or tls.", [nameof(Security)]);
        }

        foreach (var problem in DkimProblems()) yield return problem;
    }

    private IEnumerable<ValidationResult> DkimProblems()
    {
        if (DkimDomain is null && DkimSelector is null && DkimPrivateKey is null) yield break;
        const string together = "needed: domain, selector and private key of DKIM come together.";
        if (DkimDomain is null || !DomainForm().IsMatch(DkimDomain))
            yield return new(DkimDomain is null ? together : "a domain like shop.example, in ASCII.", [nameof(DkimDomain)]);
        if (DkimSelector is null || !SelectorForm().IsMatch(DkimSelector))
            yield return new(DkimSelector is null ? together : "letters, digits and hyphens, parts divided by dots.", [nameof(DkimSelector)]);
        if ((DkimPrivateKey is null ? together : DkimKeyProblem(DkimPrivateKey)) is { } problem) yield return new(problem, [nameof(DkimPrivateKey)]);
    }

    private static string? DkimKeyProblem(string key)
    {
        try
        {
            _ = DkimKey.Read(key);
            return null;
        }
        catch (UnusableDkimKeyException e)
        {
            return e.Message;
        }
    }

    private const string Label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    [GeneratedRegex($@"\A(?=.{{1,253}}\z){Label}(?:\.{Label})+\z", RegexOptions.CultureInvariant)]
    private static partial Regex DomainForm();

    [GeneratedRegex($@"\A(?=.{{1,100}}\z){Label}(?:\.{Label})*\z", RegexOptions.CultureInvariant)]
    private static partial Regex SelectorForm();

    private static bool IsLoopback(string? host) =>
        host?.Equals("localhost", StringComparison.OrdinalIgnoreCase) is true || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
