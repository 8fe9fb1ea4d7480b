namespace Cx.Domain.Customers;

/// <summary>The name of a customer's stream in the tenant of its shop.</summary>
public static class CustomerStream
{
    private const string Prefix = "customer-";

    public static string Of(CustomerId id) => Prefix + id.Value;

    public static CustomerId? Customer(string stream) => stream.StartsWith(Prefix, StringComparison.Ordinal) ? new(stream[Prefix.Length..]) : null;
}
