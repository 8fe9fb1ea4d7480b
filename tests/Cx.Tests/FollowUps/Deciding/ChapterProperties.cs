using System.Text;
using System.Text.Json;
using Cx.Domain;
using Cx.Domain.Customers;
using FsCheck;
using FsCheck.Fluent;

namespace Cx.Tests.FollowUps.Deciding;

/// <summary>Asks for what holds of any chapters, however often the clock looks in between.</summary>
internal static class ChapterProperties
{
    internal static void Sparsely(Story story, DateTimeOffset at) => story.RunUntil(at);

    /// <summary>Runs on until nothing is left to do, also of what was queued last, or refused and tried again after a pause.</summary>
    internal static void Finish(Story story)
    {
        var end = story.Customer.RecordedAt.AddDays(2);
        story.Wake(end);
        story.Send(end);
        story.RunUntil(end.AddDays(400));
    }

    // Every three hours besides, and whenever due.
    internal static void Densely(Story story, DateTimeOffset end)
    {
        for (var at = story.Customer.RecordedAt; at < end; at = at.AddHours(3))
        {
            story.RunUntil(at);
            story.Wake(at);
            story.Send(at);
        }

        story.RunUntil(end);
    }

    internal static IEnumerable<string> Written(Story story) => story.Log.Where(e => e is not CustomerDetailsLearned).Select(e => EventCatalog.NameOf(e) + Encoding.UTF8.GetString(EventCatalog.Write(e)));

    internal static string StateOf(Customer customer) => JsonSerializer.Serialize(customer with { Details = new() }, EventCatalog.Json);

    internal static void Holds(Action<Chapter[]> property, int most = 150) => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(most), Prop.ForAll(Chapters.Any.ToArbitrary(), property));
}
