namespace Cx.Application.FollowUps.Email;

/// <summary>A message as DATA carries it (RFC 5321 §4.5.2).</summary>
internal static class SmtpBody
{
    /// <summary>The line that ends the message.</summary>
    public static ReadOnlySpan<byte> End => ".\r\n"u8;

    /// <summary>Doubles the dot at the start of a line, and adds the end. The message ends with CRLF.</summary>
    public static byte[] Stuff(ReadOnlySpan<byte> message)
    {
        var bytes = new List<byte>(message.Length + 64);
        var lineStart = true;
        foreach (var b in message)
        {
            if (lineStart && b == '.') bytes.Add(b);
            bytes.Add(b);
            lineStart = b == '\n';
        }

        bytes.AddRange(End);
        return [.. bytes];
    }
}
