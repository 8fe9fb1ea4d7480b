using Cx.Domain;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Privacy;
using Cx.Domain.Touchpoints;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.FollowUps.Deciding;

using Sending = Cx.Domain.Shops.Sending;

/// <summary>What happens at one moment of an arbitrary story.</summary>
/// <param name="Minutes">After the chapter before.</param>
/// <param name="Order">The order or complaint it is about, by number.</param>
/// <param name="Late">By how many minutes the news of it comes late.</param>
public sealed record Chapter(Act Act, int Minutes, int Order, int Late);

public enum Act { Place, Ship, Deliver, Cancel, Refund, Review, Complain, Resolve, OptIn, Object, Pause, Resume, Wake, Send, Refuse, Ask }

internal static class Chapters
{
    internal static readonly DateTimeOffset Begin = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    internal static readonly Gen<Chapter[]> Any =
        (from act in Gen.Frequency(
             (6, Gen.Constant(Act.Place)), (4, Gen.Constant(Act.Ship)), (6, Gen.Constant(Act.Deliver)), (1, Gen.Constant(Act.Cancel)), (1, Gen.Constant(Act.Refund)),
             (1, Gen.Constant(Act.Review)), (2, Gen.Constant(Act.Complain)), (2, Gen.Constant(Act.Resolve)), (1, Gen.Constant(Act.OptIn)), (1, Gen.Constant(Act.Object)),
             (1, Gen.Constant(Act.Pause)), (2, Gen.Constant(Act.Resume)), (6, Gen.Constant(Act.Wake)), (6, Gen.Constant(Act.Send)), (2, Gen.Constant(Act.Refuse)), (1, Gen.Constant(Act.Ask)))
         from minutes in Gen.Frequency((3, Gen.Choose(0, 600)), (2, Gen.Choose(600, 14 * 1440)))
         from order in Gen.Choose(1, 8)
         from late in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 10 * 1440)))
         select new Chapter(act, minutes, order, late)).ArrayOf(40);

    /// <summary>Tells one chapter at its moment.</summary>
    internal static void Record(this Story story, Chapter chapter, DateTimeOffset at)
    {
        if (Fact(chapter, at) is { } fact)
        {
            story.Record(at, fact);
            return;
        }

        switch (chapter.Act)
        {
            case Act.Pause: story.Shop = story.Shop with { Sending = Sending.Paused }; break;
            case Act.Resume: story.Shop = story.Shop with { Sending = Sending.On }; break;
            case Act.Wake: story.Wake(at); break;
            case Act.Send: story.Send(at); break;
            case Act.Refuse: story.Refuse(at); break;
        }
    }

    /// <summary>The fact that reaches us; none where the shop does something.</summary>
    internal static ICustomerEvent? Fact(Chapter chapter, DateTimeOffset at)
    {
        var (id, happened) = ($"{chapter.Order}", at.AddMinutes(-chapter.Late));
        return chapter.Act switch
        {
            Act.Place => Story.Placed(id, happened),
            Act.Ship => Story.Shipped(id, happened),
            Act.Deliver => Story.Delivered(id, happened),
            Act.Cancel => Story.Cancelled(id, happened),
            Act.Refund => Story.Refunded(id, happened),
            Act.Review => Story.Reviewed(chapter.Order % 2 == 0 ? id : null, happened),
            Act.Complain => Story.Complained(id, happened),
            Act.Resolve => Story.Resolved(id, happened),
            Act.OptIn => new ConsentGiven(Channel.Email, Purpose.Marketing, ConsentBasis.OptIn, "test", null, happened),
            Act.Object => Story.Objected(happened),
            Act.Ask => new ContactMade($"k-{at:O}", new(id), Channel.Email, Direction.Inbound, Stage.PostSale, null, true, null, happened),
            _ => null,
        };
    }

    /// <summary>Tells all chapters, doing something at the moment of each.</summary>
    /// <param name="cadence">What the shop runs; none: the shipped one.</param>
    internal static Story Run(Chapter[] chapters, Action<Story, DateTimeOffset>? between = null, bool ownWakes = true, CadenceDocument? cadence = null)
    {
        var (story, at) = (Story.Consenting(Begin), Begin);
        story.Shop = story.Shop with { Cadences = cadence is null ? story.Shop.Cadences : [cadence] };
        foreach (var chapter in chapters)
        {
            at = at.AddMinutes(chapter.Minutes);
            between?.Invoke(story, at);
            if (ownWakes || chapter.Act is not (Act.Wake or Act.Send or Act.Refuse))
                story.Record(chapter, at);
        }

        between?.Invoke(story, at.AddDays(400));
        return story;
    }

    /// <summary>Claims what is queued, and the receiver refuses it for now.</summary>
    private static void Refuse(this Story story, DateTimeOffset at)
    {
        foreach (var id in story.Customer.Messages.Where(m => m.Value.Status == MessageStatus.Queued).Select(m => m.Key).ToList())
        {
            if (story.Claim(at, id).OfType<MessageAttempted>().Any())
                story.Commit(at, s => MessageDecisions.Deferred(story.Customer, s, id, "451 later"));
        }
    }
}
