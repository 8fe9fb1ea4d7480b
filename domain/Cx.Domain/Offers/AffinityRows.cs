namespace Cx.Domain.Offers;

/// <summary>A product that was ordered, and how much.</summary>
/// <param name="Title">The catalogue's words in the latest order.</param>
/// <param name="SeenAt">When it was last ordered.</param>
/// <param name="Buyers">How many customers bought it and kept it.</param>
/// <param name="Sum">The weights of those purchases, each customer's latest.</param>
public sealed record Item(ProductId Product, string Title, string? Category, DateTimeOffset SeenAt, long Buyers, double Sum);

/// <summary>How much another product is bought by those who buy a product; kept in both directions.</summary>
/// <param name="Buyers">How many customers bought and kept both.</param>
/// <param name="Sum">The weights of those pairs.</param>
public sealed record Pair(ProductId With, long Buyers, double Sum);

/// <summary>The keys of the affinity view's rows.</summary>
public static class AffinityKeys
{
    /// <summary>The prefix of all products.</summary>
    public const string Items = "item/";

    public static string Item(ProductId product) => Items + Escape(product);

    /// <summary>The prefix of all pairs of a product.</summary>
    public static string Pairs(ProductId product) => $"pair/{Escape(product)}/";

    public static string Pair(ProductId product, ProductId with) => Pair(Escape(product), Escape(with));

    internal static string Pair(string escaped, string with) => string.Concat("pair/", escaped, "/", with);

    internal static string Escape(ProductId product) => Uri.EscapeDataString(product.Value);

    public static string Buyer(string stream) => "buyer/" + stream;
}
