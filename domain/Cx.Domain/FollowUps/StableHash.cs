using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cx.Domain.FollowUps;

/// <summary>Ids, and the draws for a control group and for variants: the same on every machine and whenever a decision is made again.</summary>
public static class StableHash
{
    /// <summary>A follow-up's id: the same cadence runs once for the same customer and subject.</summary>
    public static FollowUpId FollowUp(string cadence, CustomerId customer, string subject) => new("f" + Hex("follow-up", cadence, customer.Value, subject));

    /// <summary>A message's id.</summary>
    /// <param name="ordinal">How many messages the step had before.</param>
    public static MessageId Message(FollowUpId followUp, string step, int ordinal) =>
        new("m" + Hex("message", followUp.Value, step, ordinal.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A number in [0, 1) for the customer and the cadence; below the control share the customer is in the control group.</summary>
    public static double Draw(string cadence, CustomerId customer) =>
        Draw("control", cadence, customer.Value);

    /// <summary>A number in [0, 1) for the customer and the step of a cadence: which variant of it the customer gets.</summary>
    public static double Draw(string cadence, string step, CustomerId customer) => Draw("variant", cadence, step, customer.Value);

    /// <summary>A number in [0, 1): the share of the time over which is spread what a pause held, after which the turn of an order, or of another subject, comes.</summary>
    public static double Spread(string subject) => Draw("spread", subject);

    private static double Draw(params ReadOnlySpan<string> parts) => (BinaryPrimitives.ReadUInt64BigEndian(Hash(parts)) >> 11) * (1.0 / (1UL << 53));

    private static string Hex(params ReadOnlySpan<string> parts) => Convert.ToHexStringLower(Hash(parts).AsSpan(0, 16));

    // The length before each part keeps ("ab", "c") and ("a", "bc") apart.
    private static byte[] Hash(params ReadOnlySpan<string> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(part.Length).Append(':').Append(part);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
