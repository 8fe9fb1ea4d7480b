using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Experience;
using Cx.Domain.Touchpoints;

namespace Cx.Tests.Experience;

public class JsonTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Fact]
    public void Words_are_the_same_in_json_and_for_people()
    {
        Assert.All(Enum.GetValues<Channel>(), x => Assert.Equal($"\"{JsonNaming.Kebab(x)}\"", JsonSerializer.Serialize(x)));
        Assert.All(Enum.GetValues<Stage>(), x => Assert.Equal($"\"{JsonNaming.Kebab(x)}\"", JsonSerializer.Serialize(x)));
        Assert.Equal(("in-person", "post-sale"), (JsonNaming.Kebab(Channel.InPerson), JsonNaming.Kebab(Stage.PostSale)));
        Assert.Equal("\"told-twice, peak\"", JsonSerializer.Serialize(Emphasis.ToldTwice | Emphasis.Peak));
    }

    [Fact]
    public void A_shop_sets_what_differs_and_keeps_the_other_defaults()
    {
        var settings = JsonSerializer.Deserialize<ExperienceSettings>(
            """{"table":{"csatWeight":5,"unsubscribed":{"value":30,"weight":2}},"responseTargets":{"chat":"00:02:00"},"deliveryPromiseDays":3}""", Web)!;
        var expected = ExperienceSettings.Default with
        {
            Table = new SignalTable { CsatWeight = 5, Unsubscribed = new Worth(30, 2) },
            ResponseTargets = new() { Chat = TimeSpan.FromMinutes(2) },
            DeliveryPromiseDays = 3,
        };
        Assert.Equal(expected, settings);
        Assert.Equal(expected, JsonSerializer.Deserialize<ExperienceSettings>(JsonSerializer.Serialize(settings, Web), Web));
        Assert.Equal(ExperienceSettings.Default, JsonSerializer.Deserialize<ExperienceSettings>("{}", Web));
    }

    [Fact]
    public void A_signal_is_read_as_it_was_written()
    {
        var signal = new Signal("order:1:csat", "csat", 75, 3, Channel.InPerson, Stage.PostSale, DateTimeOffset.UnixEpoch, "rated 4 of 5", "1");
        Assert.Equal(signal, JsonSerializer.Deserialize<Signal>(JsonSerializer.Serialize(signal, Web), Web));
    }
}
