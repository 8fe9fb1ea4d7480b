namespace Cx.Standalone.Demo;

/// <summary>Which way something comes in.</summary>
internal enum Door { Shopify, WooCommerce, Standard, Api }

/// <summary>What must become of a posting.</summary>
internal enum Expected { Taken, Waiting, Duplicate, Conflict, Refused }

/// <summary>One thing that the world outside posts.</summary>
/// <param name="Key">What its source calls this delivery: webhook id, or Idempotency-Key.</param>
/// <param name="Topic">Of a webhook; of what comes through the API, the touchpoint's type.</param>
/// <param name="Copies">How many arrive at the same moment.</param>
internal sealed record Posting(Door Door, string Key, string Topic, string Body, Expected Expected = Expected.Taken, int Copies = 1);

/// <summary>Something that happens at an instant of the season.</summary>
internal sealed record DemoEvent(DateTimeOffset At, Func<OutsideWorld, Task> Act)
{
    public static DemoEvent Posted(DateTimeOffset at, Posting posting) => new(at, world => world.Post(posting));
}
