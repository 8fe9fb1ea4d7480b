using System.Diagnostics;
using System.Reflection;
using Cx.Application.EventStore;
using Cx.Domain;
using Cx.Tests.Support;

namespace Cx.Tests;

/// <summary>Which way dependencies point, and what stays out of the domain.</summary>
public class ArchitectureTests
{
    private const string Root = "Cx.Application";

    private static readonly Assembly Domain = typeof(IEvent).Assembly;

    private static readonly Assembly Application = typeof(IEventStore).Assembly;

    private static readonly string[] Features = ["Intake", "Customers", "FollowUps", "Offers", "Shops"];

    [Fact]
    public void Features_do_not_call_each_other() =>
        Assert.Empty(from link in Links() where Features.Contains(link.From) && Features.Contains(link.To) select link.Text);

    [Fact]
    public void What_features_rest_on_does_not_know_them() =>
        Assert.Empty(
            from link in Links() where !Features.Contains(link.From) && link.From != "" && Features.Contains(link.To) select link.Text);

    [Fact]
    public void Only_what_puts_the_application_together_knows_its_root() =>
        Assert.Empty(from link in Links() where link is { To: "", From: not "" } select link.Text);

    [Fact]
    public void The_domain_rests_on_the_framework_and_on_calendars_alone() => Assert.All(
        Domain.GetReferencedAssemblies(),
        name => Assert.True(
            name.Name is "NodaTime" or "netstandard" || name.Name!.StartsWith("System.", StringComparison.Ordinal),
            $"The domain references {name.Name}."));

    [Fact]
    public void The_domain_has_no_clock_no_randomness_and_no_input_or_output() =>
        Assert.Empty(
            from type in Domain.GetTypes()
            from member in CodeReferences.Members(type)
            where IsBanned(member)
            select $"{type.FullName} uses {member.DeclaringType}.{member.Name}");

    /// <summary>Shows that the test above can fail: it finds each of these in code that uses them.</summary>
    [Fact]
    public void A_clock_or_randomness_would_be_found() => Assert.Equal(
        ["Guid.CreateVersion7", "Guid.NewGuid", "Random.get_Shared", "Stopwatch.GetTimestamp", "TimeProvider.get_System",
            "DateTime.get_Now", "DateTime.get_UtcNow", "DateTimeOffset.get_Now", "DateTimeOffset.get_UtcNow", "Environment.get_TickCount64"],
        CodeReferences.Members(typeof(Culprit)).Where(IsBanned).Select(m => $"{m.DeclaringType!.Name}.{m.Name}").Distinct());

    private static bool IsBanned(MemberInfo member)
    {
        var type = member as Type ?? member.DeclaringType;
        return type == typeof(Random) || type == typeof(Stopwatch) || type == typeof(System.Security.Cryptography.RandomNumberGenerator)
            || type?.Namespace is "System.Net.Http" or "System.Net.Sockets"
            || type == typeof(File) || type == typeof(Directory) || type == typeof(FileInfo) || type == typeof(FileStream) || type == typeof(Console)
            || (type == typeof(TimeProvider) && member.Name is "get_System")
            || (type == typeof(Guid) && member.Name is nameof(Guid.NewGuid) or nameof(Guid.CreateVersion7))
            || (type == typeof(Environment) && member.Name.StartsWith("get_Tick", StringComparison.Ordinal))
            || ((type == typeof(DateTime) || type == typeof(DateTimeOffset)) && member.Name is "get_Now" or "get_UtcNow" or "get_Today")
            || (type?.FullName == "NodaTime.SystemClock");
    }

    /// <summary>Which part of Cx.Application refers to which other. The root, where the program is put together, has no name.</summary>
    private static IEnumerable<(string From, string To, string Text)> Links() => (
        from type in Application.GetTypes()
        let @from = Part(type)
        where @from is not null
        from other in CodeReferences.Types(type)
        let to = other.Assembly == Application ? Part(other) : null
        where to is not null && to != @from
        select (@from, to, $"{CodeReferences.Outermost(type).FullName} refers to {CodeReferences.Outermost(other).FullName}")).Distinct();

    private static string? Part(Type type) =>
        CodeReferences.Outermost(type).Namespace is { } name && (name == Root || name.StartsWith(Root + ".", StringComparison.Ordinal))
            ? name.Split('.').ElementAtOrDefault(2) ?? ""
            : null;

    private static class Culprit
    {
        public static object[] Use() =>
        [
            Guid.CreateVersion7(), Guid.NewGuid(), Random.Shared, Stopwatch.GetTimestamp(), TimeProvider.System,
            DateTime.Now, DateTime.UtcNow, DateTimeOffset.Now, DateTimeOffset.UtcNow, Environment.TickCount64,
        ];
    }
}
