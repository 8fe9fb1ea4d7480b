using System.Collections.Immutable;
using Cx.Domain.Shops;

namespace Cx.Domain.FollowUps.Cadences;

/// <summary>
/// What a shop runs of a cadence changed. It stands in the shop's own stream, beside the event in the cadence's, so that one version of the shop's facts says
/// which cadences were in force.
/// </summary>
/// <param name="Cadence">The cadence's slug.</param>
/// <param name="Version">Its latest published version; 0: none.</param>
/// <param name="Turn">What becomes of the follow-ups that run; none: nothing changes for them.</param>
public sealed record CadenceSwitched(string Cadence, CadenceState State, int Version, CadenceTurn? Turn, DateTimeOffset OccurredAt) : IPlanChange
{
    /// <summary>What an event of a cadence changes for its shop; none where it changes nothing, as a draft does.</summary>
    /// <param name="after">The cadence with the event.</param>
    public static CadenceSwitched? Of(Cadence after, IEvent e) => e switch
    {
        CadencePublished { Running: not RunningChoice.Stay } x when after.Latest > 1 => With(after, e, new(after.Latest - 1, after.Latest, x.Running)),
        CadenceArchived when after.Latest > 0 => With(after, e, new(after.Latest, null, RunningChoice.End)),
        CadencePublished or CadenceArchived or CadencePaused or CadenceResumed => With(after, e, null),
        _ => null,
    };

    private static CadenceSwitched With(Cadence after, IEvent e, CadenceTurn? turn) => new(after.Slug, after.State, after.Latest, turn, e.OccurredAt);
}

/// <summary>What becomes of the follow-ups of versions up to one.</summary>
/// <param name="Through">The latest version that it concerns.</param>
/// <param name="To">The version that was published; none: the cadence was archived.</param>
/// <param name="Running"><see cref="RunningChoice.Migrate"/> or <see cref="RunningChoice.End"/>.</param>
public sealed record CadenceTurn(int Through, int? To, RunningChoice Running);

/// <summary>What a shop runs of a cadence.</summary>
/// <param name="Version">Its latest published version; 0: none.</param>
/// <param name="Turns">In the order in which they came. A follow-up takes each that concerns its version, however late it is woken.</param>
public sealed record CadenceStanding(CadenceState State, int Version, ImmutableList<CadenceTurn> Turns)
{
    /// <summary>Since when it is paused; none: it is not.</summary>
    public DateTimeOffset? PausedSince { get; init; }

    /// <summary>The latest times in which it was.</summary>
    public ImmutableList<SendingPause> Pauses { get; init; } = [];

    /// <summary>The standing after a change.</summary>
    public static CadenceStanding After(CadenceStanding? known, CadenceSwitched x) =>
        new(x.State, x.Version, x.Turn is { } turn ? (known?.Turns ?? []).Add(turn) : known?.Turns ?? [])
        {
            PausedSince = x.State == CadenceState.Paused ? known?.PausedSince ?? x.OccurredAt : null,
            Pauses = x.State == CadenceState.Paused ? known?.Pauses ?? [] : SendingPause.After(known?.Pauses ?? [], known?.PausedSince, x.OccurredAt),
        };
}
