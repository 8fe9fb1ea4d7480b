using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain;
using Cx.Domain.Privacy;

namespace Cx.Tests;

/// <summary>
/// What was ever stored must read for ever. Each stored name has a file under Golden that was written when the name was new and is never
/// edited: an event of another shape gets another name.
/// </summary>
public class EventCatalogTests
{
    public static TheoryData<string> Names { get; } = [.. EventCatalog.Names];

    public static TheoryData<string, string> FormerNames { get; } = new()
    {
        { "consent-given.v1", "Service SoftOptIn shopify Yes, write to me 2026-03-02T09:30:15.1234560+00:00" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_stored_still_reads_and_is_written_the_same(string name)
    {
        var file = Path.Combine(Golden(), name + ".json");
        Assert.True(File.Exists(file), $"{name} has no frozen JSON: add {Path.GetFileName(file)} with every field of the event set.");
        var frozen = JsonSerializer.Serialize(JsonElement.Parse(File.ReadAllText(file)), EventCatalog.Json);

        var e = EventCatalog.Read(name, Encoding.UTF8.GetBytes(frozen));

        Assert.Equal(name, EventCatalog.NameOf(e));
        Assert.Equal(frozen, JsonSerializer.Serialize(JsonElement.Parse(EventCatalog.Write(e)), EventCatalog.Json));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_frozen_event_has_every_field_set(string name)
    {
        using var frozen = JsonDocument.Parse(File.ReadAllText(Path.Combine(Golden(), name + ".json")));
        var type = EventCatalog.Read(name, Encoding.UTF8.GetBytes(frozen.RootElement.GetRawText())).GetType();

        var fields = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!.GetParameters()
            .Select(p => type.GetProperty(p.Name!)!.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(p.Name!));

        Assert.Equal(fields.Order(), frozen.RootElement.EnumerateObject().Select(p => p.Name).Order());
    }

    [Theory]
    [MemberData(nameof(FormerNames))]
    public void What_was_stored_under_a_former_name_still_reads(string name, string expected)
    {
        using var frozen = JsonDocument.Parse(File.ReadAllText(Path.Combine(Golden(), name + ".json")));

        var e = EventCatalog.Read(name, Encoding.UTF8.GetBytes(frozen.RootElement.GetRawText()));

        Assert.DoesNotContain(name, EventCatalog.Names);
        Assert.True(EventCatalog.Knows(name));
        Assert.Contains(name, EventCatalog.WithFormer([EventCatalog.NameOf(e)]));
        Assert.Equal(expected, e is ConsentGiven { Wording: { } wording } x ? $"{x.Purpose} {x.Basis} {x.Source} {wording.Value} {x.OccurredAt:O}" : null);
    }

    [Fact]
    public void Every_former_name_is_read_by_a_test() => Assert.Equal(EventCatalog.Former.Select(f => f.Name), FormerNames.Select(n => (string)n[0]));

    [Fact]
    public void Every_event_has_a_stored_name() => Assert.All(
        typeof(IEvent).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IEvent))),
        type => Assert.Contains(EventCatalog.NameOf(type), EventCatalog.Names));

    [Fact]
    public void No_frozen_event_was_forgotten() =>
        Assert.Empty(Directory.GetFiles(Golden(), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Except(EventCatalog.WithFormer(EventCatalog.Names)));

    [Fact]
    public void Stored_names_are_unique_kebab_case_and_versioned()
    {
        Assert.All(EventCatalog.Names, name => Assert.Matches(@"^[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$", name));
        Assert.Equal(EventCatalog.Names.Count(), EventCatalog.Names.Distinct().Count());
    }

    [Fact]
    public void A_name_that_nobody_knows_is_of_a_newer_version() =>
        Assert.Throws<NewerVersionException>(() => EventCatalog.Read("order-dreamt.v1", "{}"u8));

    private static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");
}
