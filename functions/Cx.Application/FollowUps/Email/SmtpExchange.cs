using System.Text;
using MailKit;
using MailKit.Net.Smtp;

namespace Cx.Application.FollowUps.Email;

/// <summary>
/// Watches what is said for one message: bounds every step by our clock, knows whether the body has begun, and stops a relay that answers
/// before it is asked.
/// </summary>
internal sealed class SmtpExchange(SmtpOptions options, TimeProvider time) : IProtocolLogger, ITransferProgress
{
    // How long a stopped attempt still waits for the answer to a body that is on its way: cheaper than a message in doubt. And how long an
    // answer to the body may go unrecorded.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private const int LongestReply = 65_536;

    private readonly Lock gate = new();
    private readonly StringBuilder reply = new();
    private CancellationTokenSource limit = new();
    private CancellationTokenRegistration stopping;
    private bool isStopping;

    /// <summary>From here on the message may be out, whatever happens.</summary>
    public bool BodyBegun { get; private set; }

    /// <summary>Something came that nobody had asked for: no message may follow on this connection.</summary>
    public bool SpokeOutOfTurn { get; private set; }

    public bool TimedOut => limit.IsCancellationRequested;

    IAuthenticationSecretDetector? IProtocolLogger.AuthenticationSecretDetector { get; set; }

    /// <summary>A new message, or the farewell.</summary>
    /// <param name="ct">Ends the exchange at once while the body has not begun, else after a short wait for the answer.</param>
    /// <returns>Cancelled when a step takes too long.</returns>
    public CancellationToken Begin(CancellationToken ct)
    {
        limit.Dispose();
        limit = new(options.CommandTimeout, time);
        (BodyBegun, SpokeOutOfTurn, isStopping) = (false, false, false);
        stopping = ct.UnsafeRegister(static x => ((SmtpExchange)x!).Stop(), this);
        return limit.Token;
    }

    public void End()
    {
        stopping.Dispose();
        limit.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        stopping.Dispose();
        limit.Dispose();
    }

    void IProtocolLogger.LogConnect(Uri uri)
    {
    }

    void IProtocolLogger.LogClient(byte[] buffer, int offset, int count) => reply.Clear();

    // An answer that came before its question would be taken for the answer to the next one, also across the TLS handshake (CVE-2011-0411).
    void IProtocolLogger.LogServer(byte[] buffer, int offset, int count)
    {
        reply.Append(Encoding.Latin1.GetString(buffer, offset, count));
        var text = reply.ToString();
        var end = EndOfReply(text);
        SpokeOutOfTurn |= end > 0 && end < text.Length;
        if ((SpokeOutOfTurn && !BodyBegun) || text.Length > LongestReply) throw new SmtpProtocolException("The relay does not keep to SMTP.");
        // After a refusal MailKit says RSET before it returns: that may not delay the record of the answer for long.
        if (end > 0) Allow(BodyBegun ? Grace : options.CommandTimeout);
    }

    void ITransferProgress.Report(long bytesTransferred, long totalSize) => ((ITransferProgress)this).Report(bytesTransferred);

    void ITransferProgress.Report(long bytesTransferred)
    {
        lock (gate)
        {
            if (BodyBegun) return;
            if (isStopping) throw new OperationCanceledException();
            BodyBegun = true;
        }

        Allow(options.BodyTimeout);
    }

    // Every line but the last has a hyphen after its code (RFC 5321 §4.2.1).
    private static int EndOfReply(string text)
    {
        for (int start = 0, end; (end = text.IndexOf('\n', start) + 1) > 0; start = end)
        {
            if (end - start < 5 || text[start + 3] != '-') return end;
        }

        return 0;
    }

    private void Stop()
    {
        lock (gate) isStopping = true;
        if (BodyBegun) Allow(Grace);
        else limit.Cancel();
    }

    private void Allow(TimeSpan span)
    {
        lock (gate) limit.CancelAfter(isStopping ? Grace : span);
    }
}
