// What makes a method a function, as Microsoft.Azure.Functions.Worker.Extensions.Abstractions 1.3 declares it, and the queue trigger of Extensions.Storage.Queues 5.5.
namespace Microsoft.Azure.Functions.Worker;

[AttributeUsage(AttributeTargets.Method)]
public class FunctionAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

[AttributeUsage(AttributeTargets.Parameter)]
public sealed class QueueTriggerAttribute(string queueName) : Attribute
{
    public string QueueName { get; } = queueName;
}
