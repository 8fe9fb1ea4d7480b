using Cx.Domain.FollowUps;
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
        var (id, happened) = ($"{chapter.Order}", at.AddMinutes(-chapter.Late));
        switch (chapter.Act)
        {
            case Act.Place: story.Record(at, Story.Placed(id, happened)); break;
            case Act.Ship: story.Record(at, Story.Shipped(id, happened)); break;
            case Act.Deliver: story.Record(at, Story.Delivered(id, happened)); break;
            case Act.Cancel: story.Record(at, Story.Cancelled(id, happened)); break;
            case Act.Refund: story.Record(at, Story.Refunded(id, happened)); break;
            case Act.Review: story.Record(at, Story.Reviewed(chapter.Order % 2 == 0 ? id : null, happened)); break;
            case Act.Complain: story.Record(at, Story.Complained(id, happened)); break;
            case Act.Resolve: story.Record(at, Story.Resolved(id, happened)); break;
            case Act.OptIn: story.Record(at, new Domain.Privacy.ConsentGiven(Domain.Touchpoints.Channel.Email, Domain.Privacy.Purpose.Marketing, Domain.Privacy.ConsentBasis.OptIn, "test", null, happened)); break;
            case Act.Object: story.Record(at, Story.Objected(happened)); break;
            case Act.Pause: story.Shop = story.Shop with { Sending = Sending.Paused }; break;
            case Act.Resume: story.Shop = story.Shop with { Sending = Sending.On }; break;
            case Act.Wake: story.Wake(at); break;
            case Act.Send: story.Send(at); break;
            case Act.Refuse: story.Refuse(at); break;
            case Act.Ask: story.Record(at, new Domain.Touchpoints.ContactMade($"k-{at:O}", new(id), Domain.Touchpoints.Channel.Email, Domain.Touchpoints.Direction.Inbound, Domain.Touchpoints.Stage.PostSale, null, true, null, happened)); break;
        }
    }

    /// <summary>Tells all chapters, doing something at the moment of each.</summary>
    internal static Story Run(Chapter[] chapters, Action<Story, DateTimeOffset>? between = null, bool ownWakes = true)
    {
        var (story, at) = (Story.Consenting(Begin), Begin);
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
