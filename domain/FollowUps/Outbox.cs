using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps;

public static class Outbox
{
    public static IReadOnlyList<ICustomerEvent> Claim(Customer customer, Situation s, MessageId message, string sender, bool resendable) => [];

    public static IReadOnlyList<ICustomerEvent> Accepted(Customer customer, Situation s, MessageId message, string response) => [];

    public static IReadOnlyList<ICustomerEvent> Deferred(Customer customer, Situation s, MessageId message, string cause) => [];

    public static IReadOnlyList<ICustomerEvent> Failed(Customer customer, Situation s, MessageId message, string cause) => [];

    public static IReadOnlyList<ICustomerEvent> InDoubt(Customer customer, Situation s, MessageId message, string cause) => [];

    public static IReadOnlyList<ICustomerEvent> Settle(Customer customer, Situation s, MessageId message, bool delivered, string by) => [];
}
