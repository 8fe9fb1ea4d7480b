using Cx.Domain.Customers;
using Cx.Domain.Touchpoints;
using static Cx.Domain.FollowUps.Policies.Finding;

namespace Cx.Domain.FollowUps.Policies;

/// <summary>Whether somebody is asked for a review of an order, and about which of its products. What is not known of an order excludes nothing.</summary>
internal static class ReviewEligibility
{
    // How many products a request that names all names at most.
    private const int MostItems = 50;

    /// <summary>A gift card is nothing that can be reviewed; the rest is the policy's.</summary>
    internal static Finding Reviewable(StepContext context)
    {
        if (!ReviewRequests.Asks(context.Cadence, context.Step) || context.Order is not { } order)
            return new("review", "asks for no review");
        if (WhyNotOrder(context, order) is { } whole)
            return whole;

        // Of a message that exists only what it asks about is looked at.
        var items = context.Own is { } own ? context.Customer.Messages.GetValueOrDefault(own)?.Items : null;
        var lines = Lines(context, order).Where(l => items is null || (l.Line.Product is { } product && items.Contains(product))).ToList();
        var left = lines.FindAll(l => l.Reason is null);
        if (lines.Count == 0 || left.Count == lines.Count)
            return new("review", "there is something to review");
        if (left.Count > 0 && items is null)
            return new("review", $"{left.Count} of {lines.Count} lines can be asked about");

        var evidence = string.Join("; ", lines.Where(l => l.Reason is not null).Select(l => $"{l.Line.Product?.Value ?? "a line"}: {l.Evidence}").Distinct());
        var reason = lines.Select(l => l.Reason).OfType<Reason>().MaxBy(r => r != Reason.NotApplicable);
        return left.Count == 0
            ? new("review", reason == Reason.NotApplicable ? "nothing but gift cards" : evidence, reason, Final: true)
            // Written anew without them.
            : new("review", evidence, reason, Until: context.At);
    }

    /// <summary>The products that a request asks about, the dearest first; none where no product is known. A reminder asks about those of its request.</summary>
    /// <param name="together">The steps about whose orders it asks as well.</param>
    internal static IReadOnlyList<ProductId>? Items(StepContext context, IReadOnlyList<StepContext> together)
    {
        if (!ReviewRequests.Asks(context.Cadence, context.Step))
            return null;
        if (!ReviewRequests.IsRequest(context.Cadence, context.Step))
            return context.Cadence.Steps.TakeWhile(s => s.Id != context.Step.Id).Where(s => ReviewRequests.IsRequest(context.Cadence, s))
                .Select(s => context.FollowUp.StepOf(s.Id).Message is { } request ? context.Customer.Messages.GetValueOrDefault(request)?.Items : null).LastOrDefault(i => i is not null);

        List<ProductId> items =
        [
            .. (from step in together.Prepend(context)
                let order = step.Order
                where order is not null
                from line in Lines(step, order)
                where line is { Reason: null, Line.Product: not null }
                orderby line.Line.Price descending, line.Line.Product
                select line.Line.Product!.Value).Distinct().Take(context.Shop.Policy.Reviews.ItemsPerRequest ?? MostItems),
        ];
        return items.Count == 0 ? null : items;
    }

    private static Finding? WhyNotOrder(StepContext context, Order order)
    {
        var (policy, tags, traits) = (context.Shop.Policy.Reviews, context.Shop.ExcludedTags, order.Traits);
        return traits?.IsRenewal is true && policy.Exclude.Renewals ? No(Reason.RenewalExcluded, "the order renews a subscription")
            : traits?.SalesChannel is { } channel && policy.Exclude.SalesChannels.Contains(channel, StringComparer.OrdinalIgnoreCase)
                ? No(Reason.ChannelExcluded, $"the order was made by {channel}, which is excluded")
            : Shares(traits?.Tags, tags.Order) ? No(Reason.OrderTagged, "the order has a tag that is excluded")
            : Shares(context.Customer.Details.Tags, tags.Customer) ? No(Reason.CustomerTagged, "the customer has a tag that is excluded")
            : policy.MinimumValue is { } least && order.Total is { } total && total.Currency == least.Currency && total.Amount < least.Amount
                ? No(Reason.ValueTooLow, FormattableString.Invariant($"the order costs {total.Amount:0.##} {total.Currency}, less than {least.Amount:0.##}"))
            : null;
    }

    // What the customer keeps, each line with why it is not asked about.
    private static IEnumerable<(OrderLine Line, Reason? Reason, string? Evidence)> Lines(StepContext context, Order order) =>
        from line in order.Lines
        where order.Remaining(line) > 0
        let why = WhyNot(context, line)
        select (line, why?.Reason, why?.Evidence);

    private static (Reason Reason, string Evidence)? WhyNot(StepContext context, OrderLine line)
    {
        var exclude = context.Shop.Policy.Reviews.Exclude;
        return line.Kind == LineKind.GiftCard ? (Reason.NotApplicable, "a gift card")
            : line.Kind == LineKind.Digital && exclude.DigitalGoods ? (Reason.DigitalExcluded, "digital goods are excluded")
            : line.Product is { } product && exclude.Products.Contains(product.Value) ? (Reason.ProductExcluded, "the product is excluded")
            : exclude.Collections.FirstOrDefault(c => line.Collections?.Has(c) is true) is { } collection ? (Reason.CollectionExcluded, $"the collection {collection} is excluded")
            : AskedBefore(context, line) is { } asked ? (Reason.ProductAskedLately, $"asked about on {Utc(asked)}")
            : null;
    }

    // While the last request is so recent that it holds the step anyway, it may still be withdrawn.
    private static DateTimeOffset? AskedBefore(StepContext context, OrderLine line)
    {
        var policy = context.Shop.Policy.Reviews;
        return line.Product is not { } product || !ReviewRequests.IsRequest(context.Cadence, context.Step) ? null : context.Customer.ReviewRequests
            .Where(r => r.Key != context.Own && r.Value.Products.Contains(product)
                && r.Value.At.AddDays(policy.SpacingDays) <= context.At && r.Value.At.AddDays(policy.ProductDays) > context.At)
            .Max(r => (DateTimeOffset?)r.Value.At);
    }

    private static bool Shares(Labels? words, Labels excluded) => words is not null && excluded.Count > 0 && words.Intersect(excluded, StringComparer.Ordinal).Any();

    private static Finding No(Reason reason, string evidence) => new("review", evidence, reason, Final: true);
}
