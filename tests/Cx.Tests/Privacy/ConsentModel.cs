using Cx.Domain;

namespace Cx.Tests.Privacy;

/// <summary>
/// Who may be written to for marketing by e-mail, by the rules alone: an objection belongs to the person and to every address of theirs, counts from its arrival
/// and outlives an erasure; only an explicit opt-in of later lifts it, for the address that it names, else for the person's current one.
/// </summary>
internal sealed class ConsentModel(bool softOptIn)
{
    private readonly Dictionary<CustomerId, Person> persons = [];

    private readonly Dictionary<string, CustomerId> owners = [];

    private readonly Dictionary<string, int> barred = [];

    private sealed class Person
    {
        public int? ObjectedAt { get; set; }

        public int? OptedInAt { get; set; }

        // The objection of an address that was made under another record.
        public int? TakenOverAt { get; set; }

        public int? SpamAt { get; set; }

        public bool HasCopiedFlag { get; set; }

        public string? Current { get; set; }
    }

    public IEnumerable<CustomerId> Persons => persons.Keys;

    /// <summary>Something reported names the person by an address.</summary>
    public void Named(CustomerId id, string address, bool isDetail)
    {
        var person = Of(id);
        if (barred.TryGetValue(address, out var since))
            person.TakenOverAt = Math.Max(person.TakenOverAt ?? since, since);
        if (!owners.ContainsKey(address))
        {
            owners[address] = id;
            if (person.ObjectedAt is { } at && !(person.OptedInAt > at))
                Bar(address, at);
        }

        person.Current = isDetail ? address : person.Current;
    }

    public void Objects(CustomerId? id, int at, string? written = null)
    {
        if (written is not null)
            Bar(written, at);
        if (id is not { } known || !persons.ContainsKey(known))
            return;

        Of(known).ObjectedAt = at;
        BarAll(known, at);
    }

    public void MarksAsSpam(CustomerId id, int at)
    {
        Of(id).SpamAt = at;
        BarAll(id, at);
    }

    public void OptsIn(CustomerId id, int at, string? named)
    {
        Of(id).OptedInAt = at;
        if ((named ?? Of(id).Current) is { } address && barred.TryGetValue(address, out var since) && since < at)
            barred.Remove(address);
    }

    public void HasCopiedFlag(CustomerId id) => Of(id).HasCopiedFlag = true;

    public void Erase(CustomerId id)
    {
        persons.Remove(id);
        foreach (var address in owners.Where(o => o.Value == id).Select(o => o.Key).ToList())
            owners.Remove(address);
    }

    /// <summary>Whether an order of the person may be asked to be reviewed at the address that it was given with.</summary>
    public bool MayBeWrittenTo(CustomerId id, string address)
    {
        var person = Of(id);
        var objectedAt = new[] { person.ObjectedAt, person.TakenOverAt, person.SpamAt }.Max();
        var isObjected = objectedAt is not null && !(person.OptedInAt > objectedAt);
        return !barred.ContainsKey(address) && !isObjected && (softOptIn || person.OptedInAt is not null || person.HasCopiedFlag);
    }

    private Person Of(CustomerId id) => persons.TryGetValue(id, out var known) ? known : persons[id] = new();

    private void BarAll(CustomerId id, int at)
    {
        foreach (var address in owners.Where(o => o.Value == id).Select(o => o.Key))
            Bar(address, at);
    }

    private void Bar(string address, int at) => barred[address] = Math.Max(barred.GetValueOrDefault(address, at), at);
}
