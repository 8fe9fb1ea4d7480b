using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

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

/// <summary>The settings <c>Cx__Smtp__*</c>. Checked at start; an error names the key.</summary>
public sealed record SmtpOptions
{
    public const string Section = "Cx:Smtp";

    public required string Host { get; init; }

    /// <summary>When the setting is absent: 587 for StartTls, 465 for Tls, 25 for None.</summary>
    public required int Port { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    public required string FromAddress { get; init; }

    public string? FromName { get; init; }

    /// <summary>Bounds each phase alone: connect, TLS, every command. The answer to the body gets ten times as long (RFC 5321 §4.5.3.2.6).</summary>
    public int TimeoutSeconds { get; init; } = 60;

    internal TimeSpan CommandTimeout => TimeSpan.FromSeconds(TimeoutSeconds);

    internal TimeSpan BodyTimeout => TimeSpan.FromSeconds(TimeoutSeconds * 10.0);

    /// <exception cref="OptionsValidationException">Lists everything that is wrong, each with its key.</exception>
    public static SmtpOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var unreadable = new List<string>();
        var security = ReadSecurity(section["Security"], unreadable);
        var options = new SmtpOptions
        {
            Host = section["Host"]?.Trim() ?? "",
            Port = ReadNumber(section, "Port", security switch { SmtpSecurity.None => 25, SmtpSecurity.Tls => 465, _ => 587 }, unreadable),
            User = NullIfEmpty(section["User"]),
            Password = NullIfEmpty(section["Password"]),
            Security = security,
            FromAddress = section["FromAddress"]?.Trim() ?? "",
            FromName = NullIfEmpty(section["FromName"]),
            TimeoutSeconds = ReadNumber(section, "TimeoutSeconds", 60, unreadable),
        };
        return Checked(options, unreadable);
    }

    /// <summary>The same options when they are valid.</summary>
    public static SmtpOptions Checked(SmtpOptions options, IReadOnlyList<string>? unreadable = null)
    {
        string[] failures = [.. unreadable ?? [], .. options.Failures()];
        return failures.Length == 0 ? options : throw new OptionsValidationException(Section, typeof(SmtpOptions), failures);
    }

    // The generated one would print the password.
    public override string ToString() => $"{Host}:{Port} ({Security})";

    private IEnumerable<string> Failures()
    {
        if (Host.Length == 0 || Uri.CheckHostName(Host) == UriHostNameType.Unknown) yield return "Cx__Smtp__Host: the name or address of the mail relay is needed.";
        if (Port is < 1 or > 65535) yield return "Cx__Smtp__Port: a port from 1 to 65535.";
        if (TimeoutSeconds is < 1 or > 600) yield return "Cx__Smtp__TimeoutSeconds: from 1 to 600.";
        if (!MailAddressLine.TryParse(FromAddress, out _)) yield return "Cx__Smtp__FromAddress: a bare e-mail address is needed.";
        if (FromName?.Any(char.IsControl) == true) yield return "Cx__Smtp__FromName: one line of text.";
        if (User is null && Password is not null) yield return "Cx__Smtp__User: needed, as Cx__Smtp__Password is set.";
        if (User is not null && Password is null) yield return "Cx__Smtp__Password: needed, as Cx__Smtp__User is set.";
        if (User?.Contains('\0', StringComparison.Ordinal) == true) yield return "Cx__Smtp__User: holds a NUL character.";
        if (Password?.Contains('\0', StringComparison.Ordinal) == true) yield return "Cx__Smtp__Password: holds a NUL character.";
        if (User is not null && Security == SmtpSecurity.None && !IsLoopback(Host)) yield return "Cx__Smtp__Security: a password is not sent over an unencrypted connection; use starttls or tls.";
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static SmtpSecurity ReadSecurity(string? value, List<string> unreadable)
    {
        switch (value?.Trim().ToLowerInvariant())
        {
            case null or "" or "starttls": return SmtpSecurity.StartTls;
            case "tls": return SmtpSecurity.Tls;
            case "none": return SmtpSecurity.None;
            default:
                unreadable.Add("Cx__Smtp__Security: none, starttls or tls.");
                return SmtpSecurity.StartTls;
        }
    }

    private static int ReadNumber(IConfigurationSection section, string key, int fallback, List<string> unreadable)
    {
        if (NullIfEmpty(section[key]) is not { } value) return fallback;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        unreadable.Add($"Cx__Smtp__{key}: a whole number.");
        return fallback;
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
