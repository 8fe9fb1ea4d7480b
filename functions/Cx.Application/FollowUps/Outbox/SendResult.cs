namespace Cx.Application.FollowUps.Outbox;

/// <summary>
/// What became of one attempt. Reasons and responses are short, and hold no address of the recipient, so they can be stored in the clear.
/// </summary>
public abstract record SendResult
{
    private SendResult()
    {
    }

    /// <summary>The receiver answered that it took the message.</summary>
    public sealed record Accepted(string Response) : SendResult;

    /// <summary>Certainly not handed over, and trying again would not help.</summary>
    public sealed record Refused(string Reason) : SendResult;

    /// <summary>Not handed over this time (or the receiver deduplicates): can be tried again.</summary>
    public sealed record Failed(string Reason) : SendResult;

    /// <summary>The message may have been handed over, and no answer says so: must never be resent by itself.</summary>
    public sealed record InDoubt(string Reason) : SendResult;
}
