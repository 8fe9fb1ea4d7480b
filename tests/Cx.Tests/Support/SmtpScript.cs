using System.Security.Cryptography.X509Certificates;

namespace Cx.Tests.Support;

/// <summary>How an <see cref="SmtpServer"/> behaves. The default takes everything.</summary>
public sealed record SmtpScript
{
    public string Greeting { get; init; } = "220 mail.test ESMTP";

    /// <summary>What EHLO offers. STARTTLS is added when there is a certificate.</summary>
    public IReadOnlyList<string> Offers { get; init; } = ["PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN"];

    /// <summary>What EHLO offers once the connection is encrypted; null for the same.</summary>
    public IReadOnlyList<string>? OffersEncrypted { get; init; }

    /// <summary>Answers by verb (<c>EHLO</c>, <c>STARTTLS</c>, <c>AUTH</c>, <c>MAIL</c>, <c>RCPT</c>, <c>DATA</c>) instead of the usual one; lines separated by LF.</summary>
    public IReadOnlyDictionary<string, string> Answers { get; init; } = new Dictionary<string, string>();

    /// <summary>The connection is closed instead of answering this verb (<c>CONNECT</c>: instead of greeting).</summary>
    public string? DropAt { get; init; }

    /// <summary>The verb is not answered until the server is disposed.</summary>
    public string? HangAt { get; init; }

    /// <summary>The answer to the message.</summary>
    public string AfterBody { get; init; } = "250 2.0.0 queued as 4711";

    public BodyEnd End { get; init; } = BodyEnd.Answer;

    /// <summary>Offers STARTTLS, or speaks TLS at once with <see cref="ImplicitTls"/>.</summary>
    public X509Certificate2? Certificate { get; init; }

    public bool ImplicitTls { get; init; }
}

/// <summary>What the server does with a message.</summary>
public enum BodyEnd
{
    /// <summary>Records it and answers.</summary>
    Answer,

    /// <summary>Records it and closes without an answer.</summary>
    Close,

    /// <summary>Records it and stays silent until disposed.</summary>
    Hang,

    /// <summary>Says <see cref="SmtpScript.AfterBody"/> after the first line of the message, and closes.</summary>
    CutShort,

    /// <summary>Closes after the first line of the message.</summary>
    CloseInside,
}
