using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cx.Domain.Customers;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>What values a fact has.</summary>
public enum FactType { Number, Text, Boolean, Texts }

/// <summary>How a fact is compared. Of one that is not known only <see cref="Unknown"/> holds.</summary>
public enum Comparison { Equal, NotEqual, AtLeast, AtMost, OneOf, NoneOf, Known, Unknown }

/// <summary>Something that is asked of a fact.</summary>
/// <param name="Fact">Its name in the catalogue.</param>
/// <param name="Value">What it is compared with, of the fact's type; a list for <c>one-of</c> and <c>none-of</c>; none for <c>known</c> and <c>unknown</c>.</param>
public sealed record Condition(string Fact, Comparison Is, JsonElement? Value = null)
{
    /// <summary>Of a fact whose words are sealed: the keyed hashes of those it is compared with, made at publishing. What is sent here is ignored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Labels? Hashes { get; init; }

    /// <summary>What it is compared with, in words; of sealed words how many.</summary>
    [JsonIgnore]
    internal string? Wanted => Facts.Find(Fact)?.IsSealed is true && Value is { ValueKind: JsonValueKind.Array } words ? $"[{words.GetArrayLength()}]" : Value?.GetRawText();
}

/// <summary>A named fact that conditions may ask for.</summary>
/// <param name="Unit">Of numbers; none: none.</param>
/// <param name="UnknownWhen">When it is not known.</param>
/// <param name="IsSatisfaction">Whether it says how content somebody is: no incentive, and no request for a review, may depend on it.</param>
/// <param name="IsSealed">Whether its words are sealed, because people may have typed them: they are compared by keyed hashes, and explanations say how many there are.</param>
/// <param name="ReadsWholeHistory">Whether all that is stored of a customer is read to decide on it, so that a decision costs the more, the longer the history is.</param>
public sealed record Fact(
    string Name, FactType Type, string? Unit, string Meaning, string UnknownWhen, bool IsSatisfaction = false, bool IsSealed = false, bool ReadsWholeHistory = false)
{
    internal Func<FactContext, object?> Read { get; init; } = _ => null;

    /// <summary>How it can be compared.</summary>
    public IReadOnlyList<Comparison> Comparisons => Type switch
    {
        FactType.Number => [Comparison.Equal, Comparison.NotEqual, Comparison.AtLeast, Comparison.AtMost, Comparison.Known, Comparison.Unknown],
        FactType.Text => [Comparison.Equal, Comparison.NotEqual, Comparison.OneOf, Comparison.NoneOf, Comparison.Known, Comparison.Unknown],
        FactType.Boolean => [Comparison.Equal, Comparison.NotEqual, Comparison.Known, Comparison.Unknown],
        _ => [Comparison.OneOf, Comparison.NoneOf, Comparison.Known, Comparison.Unknown],
    };
}

/// <summary>What facts are read of.</summary>
/// <param name="TriggeredAt">When what started it happened.</param>
internal sealed record FactContext(Customer Customer, OrderId? OrderId, DateTimeOffset TriggeredAt, DateTimeOffset At)
{
    /// <summary>What the follow-up is about; none: its order.</summary>
    public FollowUpSubject? Subject { get; init; }

    /// <summary>By whose settings the customer is scored.</summary>
    public required ShopFacts Shop { get; init; }

    /// <summary>The order that the follow-up is about; none where it is about none that is known.</summary>
    public Order? Order => OrderId is { } id ? Customer.Orders.GetValueOrDefault(id) : null;
}

/// <summary>A condition that does not hold.</summary>
/// <param name="Value">The fact's value in words; none: it is not known.</param>
internal sealed record FalseCondition(Condition Condition, string? Value)
{
    internal string Evidence => $"{Condition.Fact} is {Value ?? "not known"}, not {JsonNaming.Kebab(Condition.Is)} {Condition.Wanted}".TrimEnd();
}

/// <summary>The catalogue of facts, and how conditions on them are decided.</summary>
public static class Facts
{
    private const string NoOrder = "the follow-up is about no order that is known";

    private static readonly FrozenDictionary<string, Fact> ByName = new Fact[]
    {
        new("order-total", FactType.Number, "the order's currency", "What the order costs.", $"{NoOrder}, or no amount was given") { Read = c => c.Order?.Total?.Amount },
        new("order-currency", FactType.Text, null, "The currency of the order, ISO 4217.", $"{NoOrder}, or no amount was given") { Read = c => c.Order?.Total?.Currency },
        new("order-items", FactType.Number, "pieces", "How many pieces of goods the customer keeps of the order.", NoOrder)
        {
            Read = c => c.Order is { } o ? Kept(o).Sum(o.Remaining) : null,
        },
        new("item-value", FactType.Number, "the order's currency", "The price of the dearest piece that the customer keeps of the order.", $"{NoOrder}, or it has no lines")
        {
            Read = c => c.Order is { } o && Kept(o).ToList() is { Count: > 0 } kept ? kept.Max(l => l.Price) : null,
        },
        new("order-products", FactType.Texts, null, "The shop's ids of the products of the order.", NoOrder)
        {
            Read = c => Words(c, l => l.Product is { } p ? [p.Value] : []),
        },
        new("order-categories", FactType.Texts, null, "The categories of the order's lines.", NoOrder)
        {
            Read = c => Words(c, l => l.Category is { } category ? [category] : []),
        },
        new("product-tags", FactType.Texts, null, "The tags of the order's products.", $"{NoOrder}, or the source says no tags") { Read = c => Labels(c, l => l.Tags) },
        new("product-collections", FactType.Texts, null, "The collections of the order's products.", $"{NoOrder}, or the source says no collections") { Read = c => Labels(c, l => l.Collections) },
        new("order-channel", FactType.Text, null, "Where the order was made, in the source's words: web, pos, subscription_contract.", $"{NoOrder}, or the source does not say")
        {
            Read = c => c.Order?.Traits?.SalesChannel,
        },
        new("order-renewal", FactType.Boolean, null, "Whether the order renews a subscription.", $"{NoOrder}, or the source does not say") { Read = c => c.Order?.Traits?.IsRenewal },
        new("order-digital", FactType.Boolean, null, "Whether the order is nothing but digital goods and gift cards.", $"{NoOrder}, or it has no lines")
        {
            Read = c => c.Order is { } o && Kept(o).ToList() is { Count: > 0 } kept ? kept.TrueForAll(l => l.Kind is not null) : null,
        },
        new("orders-taken", FactType.Number, "orders", "How many orders of the customer the shop took, this one included.", "never") { Read = c => (decimal)c.Customer.OrdersTaken },
        new("first-order", FactType.Boolean, null, "Whether the shop took no other order of the customer.", NoOrder) { Read = c => c.Order is null ? null : c.Customer.OrdersTaken <= 1 },
        new("country", FactType.Text, null, "The country of the order's address, else of the customer, ISO 3166-1 alpha-2.", "no address says it")
        {
            Read = c => c.Order?.Contact?.Country ?? c.Customer.Details.Country,
        },
        new("language", FactType.Text, null, "The language of the order, else of the customer, BCP 47.", "no source says it") { Read = c => c.Order?.Contact?.Language ?? c.Customer.Details.Language },
        new("relation", FactType.Text, null, "How the customer stands to the shop: prospect, buyer, supplier, collaborator, investor or partner.", "never")
        {
            Read = c => JsonNaming.Kebab(c.Customer.Relation),
        },
        new("days-since-trigger", FactType.Number, "days of 24 hours", "Since what started the follow-up happened.", "never") { Read = c => (decimal)(c.At - c.TriggeredAt).TotalDays },
        new("rating", FactType.Number, "1 to 5", "The stars or CSAT that the follow-up is about, else the last ones of the order.", "none was given", IsSatisfaction: true)
        {
            Read = Rating,
        },
        new("order-tags", FactType.Texts, null, "The tags of the order.", $"{NoOrder}, or the source says no tags", IsSealed: true) { Read = c => c.Order?.Traits?.Tags?.ToList() },
        new("customer-tags", FactType.Texts, null, "The tags of the customer.", "the source says no tags", IsSealed: true) { Read = c => c.Customer.Details.Tags?.ToList() },
        new("score", FactType.Number, "0 to 100", "The customer's perceived quality, by what is known at the instant.", "the customer objects to profiling, or processing is restricted", IsSatisfaction: true, ReadsWholeHistory: true)
        {
            Read = HistoryFacts.Score,
        },
        new("nps", FactType.Number, "0 to 10", "How likely the customer last said to recommend the shop.", "none was given", IsSatisfaction: true, ReadsWholeHistory: true)
        {
            Read = c => HistoryFacts.Last(c, OpinionKind.Nps),
        },
        new("csat", FactType.Number, "1 to 5", "How satisfied the customer last said to be.", "none was given", IsSatisfaction: true, ReadsWholeHistory: true)
        {
            Read = c => HistoryFacts.Last(c, OpinionKind.Csat),
        },
        new("days-since-last-order", FactType.Number, "days of 24 hours", "Since the customer's last order that the shop took and the customer keeps, other than the one that the follow-up is about.", "there is no such order", ReadsWholeHistory: true)
        {
            Read = HistoryFacts.DaysSinceLastOrder,
        },
        new("open-complaints", FactType.Number, "complaints", "How many complaints of the customer are open.", "never", IsSatisfaction: true) { Read = c => (decimal)c.Customer.OpenComplaints },
    }.ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>Every fact, by name.</summary>
    public static IReadOnlyList<Fact> All { get; } = [.. ByName.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    /// <summary>None where no fact has that name.</summary>
    public static Fact? Find(string? name) => name is null ? null : ByName.GetValueOrDefault(name);

    /// <summary>The first condition that does not hold; none when all hold.</summary>
    internal static FalseCondition? FirstFalse(IReadOnlyList<Condition>? conditions, FactContext context) => conditions?
        .Where(c => !Holds(c, context))
        .Select(c => new FalseCondition(c, ValueOf(c.Fact, context)))
        .FirstOrDefault();

    /// <summary>The value of a fact in words: a number, a text, <c>true</c> or <c>false</c>, or a list; none where it is not known.</summary>
    internal static string? ValueOf(string fact, FactContext context) => (Find(fact), Find(fact)?.Read(context)) switch
    {
        ({ IsSealed: true }, IReadOnlyList<string> words) => $"[{words.Count}]",
        var (_, value) => Text(value),
    };

    /// <summary>Whether conditions ask for a fact that the whole history is read for.</summary>
    internal static bool ReadWholeHistory(IReadOnlyList<Condition>? conditions) => conditions is not null && conditions.Any(c => Find(c.Fact)?.ReadsWholeHistory is true);

    /// <summary>What conditions that all hold were compared with, in words.</summary>
    internal static string Read(IReadOnlyList<Condition>? conditions, FactContext context) => string.Join("; ", (conditions ?? [])
        .Select(c => $"{c.Fact} is {ValueOf(c.Fact, context) ?? "not known"}, {JsonNaming.Kebab(c.Is)} {c.Wanted}".TrimEnd()));

    private static bool Holds(Condition condition, FactContext context) => (Find(condition.Fact)?.Read(context), condition.Is) switch
    {
        (null, var comparison) => comparison == Comparison.Unknown,
        (_, Comparison.Known) => true,
        (_, Comparison.Unknown) => false,
        (decimal number, var comparison) => condition.Value is { ValueKind: JsonValueKind.Number } value && value.GetDecimal() is var wanted && comparison switch
        {
            Comparison.Equal => number == wanted,
            Comparison.NotEqual => number != wanted,
            Comparison.AtLeast => number >= wanted,
            _ => number <= wanted,
        },
        (bool known, var comparison) => condition.Value is { ValueKind: JsonValueKind.True or JsonValueKind.False } value && (known == value.GetBoolean()) == (comparison == Comparison.Equal),
        (string text, var comparison) => Wanted(condition).Contains(text, StringComparer.OrdinalIgnoreCase) == comparison is Comparison.Equal or Comparison.OneOf,
        (IReadOnlyList<string> texts, var comparison) => texts.Intersect(condition.Hashes ?? Wanted(condition), StringComparer.OrdinalIgnoreCase).Any() == (comparison == Comparison.OneOf),
        _ => false,
    };

    private static IEnumerable<string> Wanted(Condition condition) => condition.Value switch
    {
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(v => v.ToString()),
        { } one => [one.ToString()],
        null => [],
    };

    private static string? Text(object? value) => value switch
    {
        null => null,
        decimal number => number.ToString("0.##", CultureInfo.InvariantCulture),
        bool known => known ? "true" : "false",
        IReadOnlyList<string> texts => $"[{string.Join(", ", texts)}]",
        _ => (string)value,
    };

    private static IEnumerable<OrderLine> Kept(Order order) => order.Lines.Where(l => order.Remaining(l) > 0);

    private static List<string>? Words(FactContext context, Func<OrderLine, IEnumerable<string>> words) =>
        context.Order is { } order ? [.. Kept(order).SelectMany(words).Distinct(StringComparer.OrdinalIgnoreCase)] : null;

    private static List<string>? Labels(FactContext context, Func<OrderLine, Labels?> labels) =>
        context.Order is { } order && Kept(order).Select(labels).OfType<Labels>().ToList() is { Count: > 0 } said ? [.. said.SelectMany(l => l).Distinct(StringComparer.Ordinal)] : null;

    private static object? Rating(FactContext context) => SubjectFacts.RatingOf(context.Customer, context.Subject) is { } rating
        ? rating.Kind is OpinionKind.Stars or OpinionKind.Csat ? (decimal)rating.Value : null
        : context.Customer.Opinions.Values
        .Where(o => o.Kind is OpinionKind.Stars or OpinionKind.Csat && o.Order is { } order && order == context.OrderId)
        .OrderBy(o => o.At).Select(o => (object?)(decimal)o.Value).LastOrDefault();
}
