namespace Cx.FunctionApp;

/// <summary>The queues that others write to, by name; the infrastructure makes them under the same names.</summary>
public static class Queues
{
    /// <summary>Touchpoints from other systems: a queue of Service Bus, and one of the storage account.</summary>
    public const string Touchpoints = "touchpoints";

    /// <summary>Messages of the storage queue that cannot be taken: where the Functions host itself puts those that fail too often.</summary>
    public const string PoisonTouchpoints = Touchpoints + "-poison";

    /// <summary>The connection to Service Bus, and the prefix of its settings.</summary>
    public const string ServiceBusConnection = "ServiceBus";
}
