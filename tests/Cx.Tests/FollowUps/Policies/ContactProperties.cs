using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Cx.Tests.FollowUps.Deciding;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.FollowUps.Policies;

/// <summary>What a customer is promised, under any interleaving of five cadences, links, publications, pauses and jumps of the clock.</summary>
public sealed class ContactProperties
{
    public enum Deed
    {
        Place, Deliver, Cancel, Complain, Resolve, Review, Object, OptIn, Bar, Link, PublishPolicy, PublishCadence, PauseCadence, ResumeCadence, Pause, Resume, Outage, Send, Refuse, ClockBack,
    }

    /// <param name="Minutes">After the moment before.</param>
    /// <param name="Slept">Whether nobody was woken meanwhile: the clock jumped, or the host slept.</param>
    public sealed record Moment(Deed Deed, int Minutes, bool Slept, int Person, int Number);

    internal static readonly Gen<Moment[]> Moments =
        (from deed in Gen.Frequency(
             (8, Gen.Constant(Deed.Place)), (6, Gen.Constant(Deed.Deliver)), (1, Gen.Constant(Deed.Cancel)), (3, Gen.Constant(Deed.Complain)), (3, Gen.Constant(Deed.Resolve)), (1, Gen.Constant(Deed.Review)),
             (1, Gen.Constant(Deed.Object)), (2, Gen.Constant(Deed.OptIn)), (1, Gen.Constant(Deed.Bar)), (2, Gen.Constant(Deed.Link)), (2, Gen.Constant(Deed.PublishPolicy)),
             (1, Gen.Constant(Deed.PublishCadence)), (1, Gen.Constant(Deed.PauseCadence)), (2, Gen.Constant(Deed.ResumeCadence)), (1, Gen.Constant(Deed.Pause)), (2, Gen.Constant(Deed.Resume)),
             (1, Gen.Constant(Deed.Outage)), (4, Gen.Constant(Deed.Send)), (1, Gen.Constant(Deed.Refuse)), (1, Gen.Constant(Deed.ClockBack)))
         from minutes in Gen.Frequency((4, Gen.Choose(0, 600)), (2, Gen.Choose(600, 5 * 1440)), (1, Gen.Choose(5 * 1440, 30 * 1440)))
         from slept in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
         from person in Gen.Choose(1, 3)
         from number in Gen.Choose(0, 11)
         select new Moment(deed, minutes, slept, person, number)).ArrayOf(50);

    [Fact]
    public void No_cap_is_exceeded_nobody_barred_is_written_to_nothing_goes_out_at_night_and_nothing_is_decided_twice() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Moments.ToArbitrary(), moments =>
        {
            var world = new ContactWorld(3);
            foreach (var moment in moments)
            {
                world.RunUntil(world.Clock.AddMinutes(moment.Minutes), moment.Slept);
                Do(world, moment);
            }

            Resume(world);
            for (var turn = 0; turn < 2; turn++)
            {
                foreach (var customer in world.Customers.ToList())
                    world.Send(customer.Id);
                world.RunUntil(world.Clock.AddDays(400), slept: false);
            }

            Assert.All(world.Customers, c => Assert.All(c.FollowUps.Values, f => Assert.False(f.IsRunning)));
            DecidedOnce(world);
        }));

    private static void DecidedOnce(ContactWorld world)
    {
        var log = world.Log.Select(e => e.Event).ToList();
        Assert.All(log.OfType<MessageAttempted>().CountBy(m => m.Message), m => Assert.Equal(1, m.Value));
        var over = log.OfType<StepSkipped>().Select(x => (x.FollowUp, x.Step))
            .Concat(log.OfType<MessageWithdrawn>().Where(x => x.Final).Select(x => (x.FollowUp, x.Step)))
            .Concat(log.OfType<MessageAccepted>().Select(x => (x.FollowUp, x.Step))).Concat(log.OfType<MessageFailed>().Select(x => (x.FollowUp, x.Step)));
        var reopened = log.OfType<StepReopened>().CountBy(x => (x.FollowUp, x.Step)).ToDictionary();
        Assert.All(over.CountBy(x => x), x => Assert.True(x.Value <= 1 + reopened.GetValueOrDefault(x.Key), $"{x.Key} was decided {x.Value} times"));
        Assert.All(log.OfType<MessageAccepted>().CountBy(m => (m.FollowUp, m.Step)), m => Assert.Equal(1, m.Value));
    }

    private static void Resume(ContactWorld world)
    {
        world.Tell(new SendingSwitched(Sending.On, world.Clock));
        foreach (var cadence in ContactWorld.Five())
            world.Change(cadence.Slug, c => Cadence.Resume(c, "test", world.Clock));
    }

    internal static void Do(ContactWorld world, Moment moment)
    {
        var (person, at, order, cadence) = (new CustomerId($"c-{moment.Person}"), world.Clock, $"{moment.Person}-{moment.Number % 4}", ContactWorld.Five().ElementAt(moment.Number % 5));
        switch (moment.Deed)
        {
            case Deed.Place: world.Record(person, Story.Placed(order, at)); break;
            case Deed.Deliver: world.Record(person, Story.Delivered(order, at)); break;
            case Deed.Cancel: world.Record(person, Story.Cancelled(order, at)); break;
            case Deed.Complain: world.Record(person, Story.Complained(order, at)); break;
            case Deed.Resolve: world.Record(person, Story.Resolved(order, at)); break;
            case Deed.Review: world.Record(person, Story.Reviewed(order, at)); break;
            case Deed.Object: world.Record(person, new ConsentWithdrawn(ChannelOf(moment), Purpose.Marketing, "test", at)); break;
            case Deed.OptIn: world.Record(person, new ConsentGiven(ChannelOf(moment), Purpose.Marketing, ConsentBasis.OptIn, "test", null, at)); break;
            case Deed.Bar: world.Barred.Add(new(ContactWorld.Address(moment.Person, moment.Number % 2 == 0 ? "e" : "p"), Purpose.Marketing, at)); break;
            case Deed.Link: world.Link(person, new($"c-{(moment.Number % 3) + 1}")); break;
            case Deed.PublishPolicy: world.Tell(new PolicyPublished(ContactWorld.Choices[moment.Number % 3] with { Version = 1 }, ExcludedTags.None, "test", at)); break;
            case Deed.PublishCadence: world.Publish(cadence with { Steps = [.. cadence.Steps.Select(s => s with { Anchor = s.Anchor with { Days = s.Anchor.Days + 1 } })] }, (RunningChoice)(moment.Number % 3)); break;
            case Deed.PauseCadence: world.Change(cadence.Slug, c => Cadence.Pause(c, "test", at)); break;
            case Deed.ResumeCadence: world.Change(cadence.Slug, c => Cadence.Resume(c, "test", at)); break;
            case Deed.Pause: world.Tell(new SendingSwitched(moment.Number % 2 == 0 ? Sending.Paused : Sending.Off, at)); break;
            case Deed.Resume: world.Tell(new SendingSwitched(Sending.On, at)); break;
            case Deed.Outage: world.Tell(new WakingInterrupted(at.AddMinutes(-moment.Minutes), at)); break;
            case Deed.Send: world.Send(person); break;
            case Deed.Refuse: world.Send(person, refused: true); break;
            case Deed.ClockBack: world.Clock = at.AddHours(-moment.Number * 5); break;
        }
    }

    private static Channel ChannelOf(Moment moment) => moment.Number % 2 == 0 ? Channel.Email : Channel.Messaging;
}
