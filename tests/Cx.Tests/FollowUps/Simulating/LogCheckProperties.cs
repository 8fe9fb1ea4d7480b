using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.FollowUps.Simulating;
using Cx.Domain.Shops;
using Cx.Tests.FollowUps.Deciding;
using Cx.Tests.FollowUps.Policies;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.FollowUps.Simulating;

/// <summary>What is done at one moment of an arbitrary history.</summary>
/// <param name="Minutes">After what was done before.</param>
/// <param name="Late">By how many minutes the news of a fact comes late.</param>
public sealed record Deed(DeedKind Kind, Act Fact, int Minutes, int Number, int Late);

public enum DeedKind { Tell, SwitchOff, Pause, SwitchOn, Publish, PauseCadence, ResumeCadence, Archive, PublishPolicy, Skip, Postpone, SendNow, Never, Settle, GoDown, Configure }

/// <summary>Simulating what really ran, over the time it really ran, gives the log.</summary>
public sealed class LogCheckProperties
{
    private static readonly Gen<(Deed[] Deeds, int Seed)> Histories =
        from deeds in (
            from kind in Gen.Frequency(
                (30, Gen.Constant(DeedKind.Tell)), (1, Gen.Constant(DeedKind.SwitchOff)), (2, Gen.Constant(DeedKind.Pause)), (3, Gen.Constant(DeedKind.SwitchOn)), (3, Gen.Constant(DeedKind.Publish)),
                (1, Gen.Constant(DeedKind.PauseCadence)), (2, Gen.Constant(DeedKind.ResumeCadence)), (1, Gen.Constant(DeedKind.Archive)), (1, Gen.Constant(DeedKind.PublishPolicy)), (1, Gen.Constant(DeedKind.Skip)),
                (1, Gen.Constant(DeedKind.Postpone)), (1, Gen.Constant(DeedKind.SendNow)), (1, Gen.Constant(DeedKind.Never)), (2, Gen.Constant(DeedKind.Settle)), (3, Gen.Constant(DeedKind.GoDown)), (1, Gen.Constant(DeedKind.Configure)))
            from fact in Gen.Frequency(
                (6, Gen.Constant(Act.Place)), (4, Gen.Constant(Act.Ship)), (6, Gen.Constant(Act.Deliver)), (1, Gen.Constant(Act.Cancel)), (1, Gen.Constant(Act.Refund)), (1, Gen.Constant(Act.Review)),
                (2, Gen.Constant(Act.Complain)), (2, Gen.Constant(Act.Resolve)), (1, Gen.Constant(Act.OptIn)), (1, Gen.Constant(Act.Object)), (1, Gen.Constant(Act.Ask)))
            from minutes in Gen.Frequency((3, Gen.Choose(0, 600)), (2, Gen.Choose(600, 14 * 1440)))
            from number in Gen.Choose(1, 8)
            from late in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 10 * 1440)))
            select new Deed(kind, fact, minutes, number, late)).ArrayOf(50)
        from seed in Gen.Choose(0, int.MaxValue)
        select (deeds, seed);

    [Fact]
    public void Simulating_what_ran_gives_the_log() => Holds(shop =>
    {
        var check = LogCheck.Of(shop.Timeline, shop.History, shop.Clock);
        Assert.True(check.Mismatches.Count == 0, $"{check.Mismatches.Count} of {check.Decisions} differ: {string.Join(", ", check.Mismatches.Take(6))}");
    });

    private static void Holds(Action<RecordedShop> property, int most = 60) => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(most), Prop.ForAll(
        Histories.ToArbitrary(), history => property(Run(history.Deeds, history.Seed))));

    private static RecordedShop Run(Deed[] deeds, int seed)
    {
        CadenceDocument[] all = [.. ContactWorld.Five()];
        var shop = new RecordedShop(seed, all[2], all[3], all[4]);
        foreach (var deed in deeds)
        {
            shop.RunUntil(shop.Clock.AddMinutes(deed.Minutes));
            Do(shop, deed);
        }

        shop.RunUntil(shop.Clock.AddDays(60));
        return shop;
    }

    private static void Do(RecordedShop shop, Deed deed)
    {
        var slug = deed.Number % 3 == 0 ? "news" : "post-sale";
        var cadence = shop.Cadence(slug);
        switch (deed.Kind)
        {
            case DeedKind.Tell: shop.Record(Chapters.Fact(new(deed.Fact, 0, deed.Number, deed.Late), shop.Clock)!); break;
            case DeedKind.SwitchOff: shop.Tell(new SendingSwitched(Sending.Off, shop.Clock)); break;
            case DeedKind.Pause: shop.Tell(new SendingSwitched(Sending.Paused, shop.Clock)); break;
            case DeedKind.SwitchOn: shop.Tell(new SendingSwitched(Sending.On, shop.Clock)); break;
            case DeedKind.Publish: shop.Publish(Version(deed.Number), (RunningChoice)(deed.Number % 3)); break;
            case DeedKind.PauseCadence when cadence.State == CadenceState.Published: shop.Change(slug, Cadence.Pause(cadence, "key-1", shop.Clock)); break;
            case DeedKind.ResumeCadence when cadence.State == CadenceState.Paused: shop.Change(slug, Cadence.Resume(cadence, "key-1", shop.Clock)); break;
            case DeedKind.Archive when deed.Number == 1: shop.Change(slug, Cadence.Archive(cadence, "key-1", shop.Clock)); break;
            case DeedKind.PublishPolicy: shop.Tell(new PolicyPublished(ContactWorld.Choices[deed.Number % 3] with { Version = deed.Number }, ExcludedTags.None, "key-1", shop.Clock)); break;
            case DeedKind.Skip: shop.Control(StepControl.Skip, deed.Number); break;
            case DeedKind.Postpone: shop.Control(StepControl.Postpone, deed.Number); break;
            case DeedKind.SendNow: shop.Control(StepControl.Send, deed.Number); break;
            case DeedKind.Never: shop.Control(StepControl.Never, deed.Number); break;
            case DeedKind.Settle: shop.Settle(delivered: deed.Number % 2 == 0); break;
            case DeedKind.GoDown: shop.GoDown(TimeSpan.FromMinutes(deed.Number % 2 == 0 ? deed.Number : deed.Number * deed.Number * 120)); break;
            case DeedKind.Configure: shop.Tell(new ShopConfigured(new("Demo", deed.Number % 2 == 0 ? "Europe/Rome" : "America/New_York", ["it", "en"]), shop.Clock)); break;
        }
    }

    private static CadenceDocument Version(int number) => number switch
    {
        1 or 2 => RepublishingTests.Second,
        3 or 4 => DefaultCadences.PostSale,
        5 or 6 => FlowTests.Parcel,
        _ => ContactWorld.Five().ElementAt(2) with { Slug = "news", Steps = [.. ContactWorld.Five().ElementAt(2).Steps.Select(s => s with { Window = null, Anchor = new(Anchor.Trigger, number) })] },
    };
}
