using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>One event of a customer's timeline, as far as the demo looks at it.</summary>
internal sealed record FoundEvent(string Type, JsonElement Data);

/// <summary>A customer as the API shows it.</summary>
internal sealed record FoundCustomer(string Id, JsonElement View, IReadOnlyList<FoundEvent> Events)
{
    public string? Name => View.GetProperty("details").GetProperty("name").GetString();

    public IEnumerable<JsonElement> Orders => View.GetProperty("orders").EnumerateArray();

    public IEnumerable<JsonElement> Steps => View.GetProperty("followUps").EnumerateArray().SelectMany(f => f.GetProperty("steps").EnumerateArray());
}

/// <summary>All that the API says about the demo shop after the season.</summary>
internal sealed record Found(IReadOnlyList<FoundCustomer> Customers, int Failed)
{
    public static async Task<Found> Read(OutsideWorld world)
    {
        var customers = new List<FoundCustomer>();
        foreach (var item in await world.All($"{OutsideWorld.Path}/customers"))
        {
            var id = item.GetProperty("id").GetString()!;
            var events = await world.All($"{OutsideWorld.Path}/customers/{id}/touchpoints");
            customers.Add(new(
                id, await world.Get($"{OutsideWorld.Path}/customers/{id}"), [.. events.Select(e => new FoundEvent(e.GetProperty("type").GetString()!, e.GetProperty("data")))]));
        }

        return new(customers, (await world.All($"{OutsideWorld.Path}/failed-deliveries")).Count);
    }

    public FoundCustomer? Of(Person person) => Customers.FirstOrDefault(c => c.Name == person.Name);
}
