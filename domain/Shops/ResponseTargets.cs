using System.Collections.Immutable;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Domain.Shops;

/// <summary>How soon a shop means to answer, by channel, in its business hours.</summary>
public sealed class ResponseTargets
{
    private static readonly ImmutableSortedDictionary<Channel, TimeSpan> Defaults = new Dictionary<Channel, TimeSpan>
    {
        [Channel.Chat] = TimeSpan.FromMinutes(1),
        [Channel.Messaging] = TimeSpan.FromMinutes(15),
        [Channel.Social] = TimeSpan.FromHours(1),
        [Channel.Email] = TimeSpan.FromHours(4),
        [Channel.Phone] = TimeSpan.FromHours(4),
        [Channel.Web] = TimeSpan.FromHours(4),
        [Channel.InPerson] = TimeSpan.FromMinutes(10),
        [Channel.Post] = TimeSpan.FromHours(18),
    }.ToImmutableSortedDictionary();

    private readonly ImmutableSortedDictionary<Channel, TimeSpan> targets;

    /// <summary>
    /// Chat 1 min, messaging 15 min, social 1 h, e-mail and a call back 4 h. Ours: a web form as e-mail 4 h, face to face 10 min
    /// (somebody is waiting), a letter 18 h (two office days).
    /// </summary>
    public static ResponseTargets Default { get; } = new(ImmutableDictionary<Channel, TimeSpan>.Empty);

    /// <param name="overrides">The targets that differ from the defaults.</param>
    /// <exception cref="ArgumentException">A target is not above zero.</exception>
    public ResponseTargets(IReadOnlyDictionary<Channel, TimeSpan> overrides)
    {
        targets = Defaults.SetItems(overrides);
        foreach (var (channel, target) in overrides)
        {
            if (target <= TimeSpan.Zero)
                throw new ArgumentException($"The response target of {channel.Word()} must be above zero.", nameof(overrides));
        }
    }

    /// <summary>The target of a channel, in open time.</summary>
    public TimeSpan this[Channel channel] => targets[channel];

    /// <summary>How many times its target an answer took: 1 is exactly on target.</summary>
    public double Ratio(Channel channel, DateTimeOffset askedAt, DateTimeOffset answeredAt, BusinessHours hours, DateTimeZone zone) =>
        hours.Elapsed(askedAt, answeredAt, zone) / this[channel];

    /// <summary>The instant at which so many times the target has passed without an answer.</summary>
    public DateTimeOffset Deadline(Channel channel, DateTimeOffset askedAt, double times, BusinessHours hours, DateTimeZone zone) =>
        hours.Add(askedAt, this[channel] * times, zone);
}
