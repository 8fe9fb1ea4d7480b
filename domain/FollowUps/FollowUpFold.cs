using Cx.Domain.Customers;

namespace Cx.Domain.FollowUps;

/// <summary>The part of the customer's fold that follow-ups and their messages make.</summary>
public static class FollowUpFold
{
    public static Customer Evolve(Customer customer, IFollowUpEvent e) => throw new UnknownEvent(e);
}
