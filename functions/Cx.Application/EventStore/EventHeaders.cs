namespace Cx.Application.EventStore;

/// <summary>What the log keeps of an event besides the event: who told us, by which identity it came, and under which version of the shop's facts it was decided.</summary>
public sealed record EventHeaders(string Source, string Identity, long Shop);

/// <summary>The name by which a chain of events goes back to the delivery that started it.</summary>
public static class Correlations
{
    public static string Of(byte[] deliveryKey) => Convert.ToHexStringLower(deliveryKey);

    public static byte[]? Delivery(string? correlation)
    {
        try
        {
            return correlation is null ? null : Convert.FromHexString(correlation);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
