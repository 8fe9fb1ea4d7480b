using Cx.Domain.Customers;
namespace Cx.Domain.FollowUps;
public static class FollowUpFold { public static Customer Evolve(Customer c, IFollowUpEvent e) => c; }
