using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Shops;

namespace Cx.Tests.Customers;

/// <summary>The rows of one customer's state in memory, loaded and written as the store does it.</summary>
internal sealed class StoredState(CustomerId id)
{
    private readonly Dictionary<ItemKey, (StateRow Row, byte[] Value)> rows = [];

    private long version;

    private DateTimeOffset recordedAt;

    /// <summary>How many times something was loaded besides what was asked for first.</summary>
    public int FurtherLoads { get; private set; }

    public int Count => rows.Count;

    /// <summary>How many rows the last transaction wrote.</summary>
    public int Written { get; private set; }

    /// <summary>How many rows the last transaction loaded.</summary>
    public int Loaded { get; private set; }

    public Customer Whole => Load(StateQuery.Everything).Customer;

    /// <summary>The part of the customer that the last transaction left.</summary>
    public Customer After { get; private set; } = CustomerFold.Start(id);

    /// <summary>Every row, as text.</summary>
    public IEnumerable<string> Dump => rows.Values.Select(r => Text(r.Row)).Order(StringComparer.Ordinal);

    /// <summary>What is open, as a wake sees it.</summary>
    public Customer Open(ShopFacts shop)
    {
        var state = Load(StateQuery.Open);
        while (state.Missing(state.Customer, [], shop) is { } more)
            state = LoadMore(state, more);
        return state.Customer;
    }

    /// <summary>Loads what is asked for, and more until the decision has read nothing else; then writes what it changed.</summary>
    public IReadOnlyList<ICustomerEvent> Transact(
        StateQuery reads, ShopFacts shop, DateTimeOffset at, Func<Customer, IReadOnlyList<ICustomerEvent>> decide)
    {
        var state = Load(reads);
        while (true)
        {
            if (state.Missing(state.Customer, [], shop) is { } before)
            {
                state = LoadMore(state, before);
                continue;
            }

            var events = decide(state.Customer);
            var after = CustomerFold.Evolve(state.Customer, events);
            if (state.Missing(after, events, shop) is { } missing)
            {
                state = LoadMore(state, missing);
                continue;
            }

            if (events.Count > 0)
                Write(state, after with { Version = state.Customer.Version + events.Count, RecordedAt = at }, shop);
            return events;
        }
    }

    public static string Text(StateRow row) =>
        $"{row.Key} {(row.Value is StateHead head ? JsonSerializer.Serialize(head.Customer, EventCatalog.Json) : System.Text.Encoding.UTF8.GetString(row.WriteValue()))} {row.Reach} {row.At:O} {row.About} {row.OrdersAt:O}";

    private void Write(CustomerState state, Customer after, ShopFacts shop)
    {
        var (changes, removed) = state.Changes(after, shop);
        foreach (var row in changes)
            rows[row.Key] = (row, row.WriteValue());
        foreach (var key in removed)
            rows.Remove(key);
        (version, recordedAt, Written, After) = (after.Version, after.RecordedAt, changes.Count, after);
    }

    private CustomerState Load(StateQuery query)
    {
        if (rows.Count == 0)
            return CustomerState.New(id);

        var head = rows[ItemKey.Head].Row;
        var open = new StateQuery { Since = head.At, OrdersSince = head.OrdersAt };
        var found = Read(r => r.Key == ItemKey.Head || r.Reach == Reach.Always || query.Selects(r) || open.Selects(r));
        Loaded = found.Count;
        return CustomerState.Of(version, recordedAt, query, found);
    }

    private CustomerState LoadMore(CustomerState state, StateQuery missing)
    {
        if (++FurtherLoads > 1_000_000)
            throw new InvalidOperationException($"Loads for ever: {missing}");
        var found = Read(missing.Selects);
        Loaded += found.Count;
        return state.With(missing, found);
    }

    private List<StateRow> Read(Func<StateRow, bool> wanted) =>
        [.. rows.Values.Where(r => wanted(r.Row)).Select(r => r.Row with { Value = StateRow.ReadValue(r.Row.Key, r.Value) })];
}
