using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using static Cx.Tests.FollowUps.Deciding.Story;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Which of several messages a customer gets.</summary>
public sealed class VariantTests
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private static readonly CadenceDocument Post = DefaultCadences.PostSale;

    private static readonly CadenceDocument Varied = Post with { Steps = [Post.Steps[0] with { Variants = [new("warm", 0.3, "thank-you"), new("brief", 0.7, "review-reminder")] }] };

    [Fact]
    public void A_message_is_of_the_variant_that_the_customer_draws_and_says_so()
    {
        var story = Consenting(Monday);
        story.Shop = story.Shop with { Cadences = [Varied] };
        story.Record(Monday, Placed("o-1", Monday));
        story.Wake(Monday);

        var queued = Assert.Single(story.Of<MessageQueued>());
        var expected = Varied.Steps[0].Variants!.Single(v => v.Id == Drawn("c-1"));
        Assert.Equal((expected.Id, expected.Template), (queued.Variant, queued.Template));
        Assert.Equal($"'{expected.Id}', of warm 0.3, brief 0.7", queued.Checks[^1].Evidence);
        Assert.Equal(expected.Id, story.Step("thank-you").Variant);
        Assert.Equal((expected.Id, expected.Template), Assert.Single(story.Customer.Messages).Value is var m ? (m.Variant, m.Template) : default);
        Assert.Equal(queued.Variant, ((MessageQueued)EventCatalog.Read("message-queued.v1", EventCatalog.Write(queued))).Variant);
    }

    [Fact]
    public void Each_variant_is_drawn_by_its_share_of_the_customers_and_another_version_draws_the_same()
    {
        var (steps, ids) = (Varied.Steps[0].Variants!, Enumerable.Range(0, 5000).Select(i => $"customer-{i}").ToList());
        var later = Varied with { Version = 9, Name = "Again", Steps = [Varied.Steps[0] with { Variants = [steps[1] with { Template = "thank-you" }, steps[0]] }] };

        Assert.Equal(ids.Select(id => Drawn(id)), ids.Select(id => Drawn(id, later)));
        Assert.InRange(ids.Count(id => Drawn(id) == "warm") / 5000.0, 0.27, 0.33);
        Assert.NotEqual(ids.Select(id => Drawn(id)), ids.Select(id => Drawn(id, Varied with { Slug = "other" })));
    }

    [Fact]
    public void A_step_without_variants_has_none()
    {
        var story = Consenting(Monday);
        story.Record(Monday, Placed("o-1", Monday));
        story.Wake(Monday);

        Assert.Null(Assert.Single(story.Of<MessageQueued>()).Variant);
        Assert.DoesNotContain("variant", JsonSerializer.Serialize(story.Of<MessageQueued>().Single(), EventCatalog.Json), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_with_variants_and_re_entry_is_told()
    {
        Assert.Empty(CadenceValidator.Validate(Varied with { Exits = [], Reentry = new(WhileRunning: false, After: TimeSpan.FromDays(30)) }));
        Assert.Equal(["/steps/0/variants"], Pointers(new Variant("a", 1, "thank-you")));
        Assert.Equal(["/steps/0/variants"], Pointers(new Variant("a", 0.5, "thank-you"), new Variant("b", 0.4, "thank-you")));
        Assert.Equal(
            ["/steps/0/variants/0/id", "/steps/0/variants/0/share", "/steps/0/variants/0/template", "/steps/0/variants/2/id"],
            Pointers(new Variant("A B", 0, ""), new Variant("b", 0.5, "thank-you"), new Variant("b", 0.5, "thank-you")));
        Assert.Empty(Pointers(new Variant("a", 0.333, "thank-you"), new Variant("b", 0.333, "thank-you"), new Variant("c", 0.334, "thank-you")));
        Assert.Equal(["/reentry/after"], Errors(Varied with { Exits = [], Reentry = new(After: TimeSpan.Zero) }));
        Assert.Equal(["/reentry/after"], Errors(Varied with { Exits = [], Reentry = new(Once: true, After: TimeSpan.FromDays(1)) }));
        Assert.Equal(["/reentry"], Errors(Varied with { Exits = [], Reentry = new() }));

        // A variant that asks for a review asks for one, whatever the step's own template.
        Assert.Equal(
            ["/steps/0/conditions/0/fact"],
            Errors(Varied with { Exits = [], Steps = [Varied.Steps[0] with { Conditions = [new("rating", Comparison.Known)], Variants = [new("a", 0.5, "thank-you"), new("b", 0.5, "review-request")] }] }));
    }

    private static IEnumerable<string> Pointers(params Variant[] variants) => Errors(Varied with { Exits = [], Steps = [Varied.Steps[0] with { Variants = variants }] });

    private static IEnumerable<string> Errors(CadenceDocument document) => CadenceValidator.Validate(document).Select(e => e.Pointer);

    private static string Drawn(string customer, CadenceDocument? cadence = null) =>
        Variant.Of(cadence ?? Varied, (cadence ?? Varied).Steps[0], new(customer))!.Id;
}
