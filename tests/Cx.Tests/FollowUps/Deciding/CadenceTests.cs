using System.Text.Json;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;

namespace Cx.Tests.FollowUps.Deciding;

public sealed class CadenceTests
{
    [Fact]
    public void The_shipped_cadence_is_valid_and_survives_writing()
    {
        Assert.Empty(CadenceValidator.Validate(DefaultCadences.PostSale));
        var written = JsonSerializer.Serialize(DefaultCadences.PostSale, EventCatalog.Json);
        Assert.Equal(written, JsonSerializer.Serialize(JsonSerializer.Deserialize<CadenceDocument>(written, EventCatalog.Json), EventCatalog.Json));
        Assert.Equal(TimeSpan.FromHours(24), DefaultCadences.PostSale.Steps[0].MaxLateness);
        Assert.Equal("object", JsonDocument.Parse(DefaultCadences.Schema).RootElement.GetProperty("type").GetString());
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        var post = DefaultCadences.PostSale;
        var broken = post with
        {
            Slug = "Post Sale",
            Trigger = new("full-moon"),
            ControlShare = 2,
            Steps =
            [
                post.Steps[0] with { Anchor = new("previous-step", -1) },
                post.Steps[1] with { Id = "thank-you", Anchor = new("trigger"), Template = "" },
                post.Steps[3] with { Kind = StepKind.Branch, MaxLateness = TimeSpan.Zero, Anchor = new("delivery") },
            ],
            Exits = [new("order-eaten"), new("review-posted", ["nothing"], OtherSubject: true), new("order-cancelled", [])],
        };

        Assert.Equal(
            [
                "/slug", "/trigger/on", "/controlShare",
                "/steps/0/anchor/on", "/steps/0/anchor/days",
                "/steps/1/id", "/steps/1/template", "/steps/1/fallbackAnchor",
                "/steps/2/maxLateness", "/steps/2/anchor/on",
                "/exits/0/on", "/exits/1/otherSubject", "/exits/1/steps/0", "/exits/2/steps",
                "/steps/2/channel", "/steps/2/category", "/steps/2/template", "/steps/2/maxLateness", "/steps/2/conditions", "/steps/2/then",
            ],
            CadenceValidator.Validate(broken).Select(e => e.Pointer));
    }

    [Fact]
    public void A_document_with_nothing_in_it_is_wrong_but_not_a_crash() =>
        Assert.NotEmpty(CadenceValidator.Validate(JsonSerializer.Deserialize<CadenceDocument>("""{"steps":[{}],"exits":[{}]}""", EventCatalog.Json)!));

    [Theory]
    [InlineData("\"P1M\"")]
    [InlineData("\"P1Y\"")]
    [InlineData("\"14 days\"")]
    [InlineData("null")]
    public void A_duration_without_a_fixed_length_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TimeSpan>(json, EventCatalog.Json));
}
