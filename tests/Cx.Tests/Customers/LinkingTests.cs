using Cx.Domain;
using Cx.Domain.Customers;

namespace Cx.Tests.Customers;

/// <summary>Who leads linked customers, and what is recorded of a link in whose stream.</summary>
public class LinkingTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_record_made_first_leads_and_takes_in_the_others_with_their_members() => Assert.Equal(
        ["a: a<b", "b: a<b", "a: a<d", "d: a<d"],
        Shown(Linking.Link(Group("b", "d"), Group("a", "c"), At)));

    [Fact]
    public void Who_leaves_leaves_alone_and_the_rest_stays_together()
    {
        Assert.Equal(["a: a>c", "c: a>c"], Shown(Linking.Unlink(Group("a", "b", "c"), new("c"), At)));
        Assert.Equal(["a: a>b", "b: a>b", "a: a>c", "c: a>c", "b: b<c", "c: b<c"], Shown(Linking.Unlink(Group("a", "b", "c"), new("a"), At)));
        Assert.Equal(["a: a>b", "b: a>b"], Shown(Linking.Unlink(Group("a", "b"), new("a"), At)));
        Assert.Empty(Linking.Unlink(Group("a"), new("a"), At));
        Assert.Empty(Linking.Unlink(Group("a", "b"), new("c"), At));
    }

    [Fact]
    public void Refusals_have_codes()
    {
        Assert.Empty(Linking.Link(Group("a"), Group("a"), At));
        Assert.Equal("linked-customer-erased", Code(() => Linking.Link(Group("a"), Group("b") with { ErasedAt = At }, At)));
        Assert.Equal("linked-customer-erased", Code(() => Linking.Unlink(Group("a", "b") with { ErasedAt = At }, new("b"), At)));
        string[] many = [.. Enumerable.Range(0, Linking.MostLinked - 1).Select(i => $"m{i}")];
        Assert.Equal(2 * (Linking.MostLinked - 1), Linking.Link(Group(many[0], many[1..]), Group("a"), At).Count);
        Assert.Equal("too-many-linked", Code(() => Linking.Link(Group("a", many), Group("b"), At)));
    }

    private static string Code(Action action) => Assert.Throws<RuleBrokenException>(action).Code;

    private static Customer Group(string lead, params string[] members) => CustomerFold.Start(new(lead)) with { Members = [.. members.Select(m => new CustomerId(m))] };

    private static IEnumerable<string> Shown(IEnumerable<StreamEvent> events) => events.Select(e => e.Event switch
    {
        CustomersLinked x => $"{e.Stream}: {x.Lead}<{x.Member}",
        CustomersUnlinked x => $"{e.Stream}: {x.Lead}>{x.Member}",
        _ => "?",
    });
}
