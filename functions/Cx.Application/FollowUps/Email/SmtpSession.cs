using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cx.Application.FollowUps.Outbox;

namespace Cx.Application.FollowUps.Email;

/// <summary>What is said to the relay up to the moment it asks for the body. Nothing here hands a message over.</summary>
internal sealed class SmtpSession(SmtpOptions options, SmtpConnection connection, TimeProvider time, CancellationToken ct)
{
    private readonly Dictionary<string, string> offered = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Greeting, EHLO, TLS, sign-in. Null when the relay is ready for a message.</summary>
    /// <remarks>
    /// A permanent no in these steps (554 at the greeting, 535 at AUTH) is about us and our settings, not about this message: it is
    /// <see cref="SendResult.Failed"/>, so that messages are not lost for good to a password that somebody mends within the hour.
    /// </remarks>
    public async Task<SendResult?> Prepare(X509ChainPolicy? trust)
    {
        if (options.Security == SmtpSecurity.Tls) await Encrypt(trust);
        var greeting = await Within(connection.Read);
        if (!greeting.Positive) return NotNow("greeting", greeting);
        if (await Hello() is { } unwelcome) return unwelcome;

        if (options.Security == SmtpSecurity.StartTls)
        {
            if (!offered.ContainsKey("STARTTLS")) return new SendResult.Failed("The relay does not offer STARTTLS.");
            var ready = await Ask("STARTTLS");
            if (!ready.Positive) return NotNow("STARTTLS", ready);
            await Encrypt(trust);
            if (await Hello() is { } changed) return changed;       // what was offered before TLS counts no more (RFC 3207 §4.2)
        }

        return options.User is null ? null : await SignIn(options.User, options.Password!);
    }

    /// <summary>MAIL FROM, RCPT TO, DATA. Null when the relay waits for the body.</summary>
    public async Task<SendResult?> Envelope(MailAddressLine from, MailAddressLine to, int octets)
    {
        var mail = new StringBuilder($"MAIL FROM:<{from}>");
        if (offered.TryGetValue("SIZE", out var limit))
        {
            if (long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0 && octets > most) return new SendResult.Refused($"The message has {octets} octets; the relay takes {most}.");
            mail.Append(CultureInfo.InvariantCulture, $" SIZE={octets}");
        }

        if (from.NeedsUtf8 || to.NeedsUtf8)
        {
            if (!offered.ContainsKey("SMTPUTF8") || !offered.ContainsKey("8BITMIME")) return new SendResult.Refused("The address needs SMTPUTF8, which the relay does not offer.");
            mail.Append(" BODY=8BITMIME SMTPUTF8");
        }

        var sender = await Ask(mail.ToString());
        if (sender.Code == 530) return NotNow("MAIL FROM", sender);     // sign-in or TLS wanted: our settings again
        if (!sender.Positive) return No("MAIL FROM", sender, to);
        var recipient = await Ask($"RCPT TO:<{to}>");
        if (!recipient.Positive) return No("RCPT TO", recipient, to);
        var data = await Ask("DATA");
        return data.Code == 354 ? null : No("DATA", data, to);
    }

    private async Task<SendResult?> Hello()
    {
        var name = connection.Local switch
        {
            // No name of ours would resolve from outside; the literal is what RFC 5321 §4.1.3 asks for then.
            { AddressFamily: AddressFamily.InterNetworkV6 } v6 when !v6.Address.IsIPv4MappedToIPv6 => $"[IPv6:{v6.Address.ToString().Split('%')[0]}]",
            var v4 => $"[{v4.Address.MapToIPv4()}]",
        };
        offered.Clear();
        var reply = await Ask($"EHLO {name}");
        if (reply.Permanent) reply = await Ask($"HELO {name}");
        else if (reply.Positive)
        {
            foreach (var line in reply.Lines.Skip(1))
            {
                var words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                if (words.Length > 0) offered[words[0]] = words.Length > 1 ? words[1] : "";
            }
        }

        return reply.Positive ? null : NotNow("EHLO", reply);
    }

    private async Task<SendResult?> SignIn(string user, string password)
    {
        var ways = offered.TryGetValue("AUTH", out var list) ? list.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        SmtpReply reply;
        if (ways.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            reply = await Ask($"AUTH PLAIN {Base64($"\0{user}\0{password}")}");
        }
        else if (ways.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
        {
            reply = await Ask("AUTH LOGIN");
            if (reply.Code == 334) reply = await Ask(Base64(user));
            if (reply.Code == 334) reply = await Ask(Base64(password));
        }
        else
        {
            return new SendResult.Failed("The relay offers neither AUTH PLAIN nor AUTH LOGIN.");
        }

        return reply.Positive ? null : NotNow("AUTH", reply);
    }

    private static string Base64(string value) => Convert.ToBase64String(Encoding.UTF8.GetBytes(value));

    private SendResult.Failed NotNow(string step, SmtpReply reply) => new($"{step}: {reply.Shown(options.User ?? options.FromAddress)}");

    private static SendResult No(string step, SmtpReply reply, MailAddressLine to)
    {
        var reason = $"{step}: {reply.Shown(to.ToString())}";
        return reply.Permanent ? new SendResult.Refused(reason) : new SendResult.Failed(reason);
    }

    private Task<SmtpReply> Ask(string command) => Within(t => connection.Ask(command, t));

    private async Task<T> Within<T>(Func<CancellationToken, Task<T>> step)
    {
        using var patience = new CancellationTokenSource(options.CommandTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        return await step(either.Token);
    }

    private Task<bool> Encrypt(X509ChainPolicy? trust) => Within(async t =>
    {
        await connection.Encrypt(options.Host, trust, t);
        return true;
    });
}
