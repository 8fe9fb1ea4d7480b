using System.Runtime.CompilerServices;
using Cx.Domain.Touchpoints;
using NodaTime;

namespace Cx.Domain.Shops;

/// <summary>The time in which a shop aims to answer, by channel, in its business hours. Each is above zero and at most 366 days.</summary>
public sealed record ResponseTargets
{
    private const int MostDays = 366;

    public static ResponseTargets Default { get; } = new();

    public TimeSpan Chat { get; init => field = Within(value); } = TimeSpan.FromMinutes(1);

    public TimeSpan Messaging { get; init => field = Within(value); } = TimeSpan.FromMinutes(15);

    public TimeSpan Social { get; init => field = Within(value); } = TimeSpan.FromHours(1);

    public TimeSpan Email { get; init => field = Within(value); } = TimeSpan.FromHours(4);

    /// <summary>Until the shop calls back.</summary>
    public TimeSpan Phone { get; init => field = Within(value); } = TimeSpan.FromHours(4);

    /// <summary>A form or a question on the site: as e-mail.</summary>
    public TimeSpan Web { get; init => field = Within(value); } = TimeSpan.FromHours(4);

    /// <summary>The customer waits in person: ten minutes, our choice.</summary>
    public TimeSpan InPerson { get; init => field = Within(value); } = TimeSpan.FromMinutes(10);

    /// <summary>A letter: two office days of nine hours, our choice.</summary>
    public TimeSpan Post { get; init => field = Within(value); } = TimeSpan.FromHours(18);

    /// <summary>From a complaint's opening to its resolution: two office days of nine hours, our choice.</summary>
    public TimeSpan ComplaintResolution { get; init => field = Within(value); } = TimeSpan.FromHours(18);

    /// <summary>The target of a channel, in open time.</summary>
    public TimeSpan this[Channel channel] => channel switch
    {
        Channel.Web => Web,
        Channel.Email => Email,
        Channel.Phone => Phone,
        Channel.InPerson => InPerson,
        Channel.Social => Social,
        Channel.Chat => Chat,
        Channel.Messaging => Messaging,
        Channel.Post => Post,
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "Not a channel."),
    };

    /// <summary>The time of an answer as a multiple of its target: 1 is exactly on target.</summary>
    public double Ratio(Channel channel, DateTimeOffset askedAt, DateTimeOffset answeredAt, BusinessHours hours, DateTimeZone zone) =>
        hours.Elapsed(askedAt, answeredAt, zone) / this[channel];

    /// <summary>The instant at which this multiple of the target has passed without an answer.</summary>
    public DateTimeOffset Deadline(Channel channel, DateTimeOffset askedAt, double times, BusinessHours hours, DateTimeZone zone) =>
        hours.Add(askedAt, this[channel] * times, zone);

    private static TimeSpan Within(TimeSpan value, [CallerMemberName] string target = "") =>
        value > TimeSpan.Zero && value <= TimeSpan.FromDays(MostDays)
            ? value
            : throw new ArgumentOutOfRangeException(target, value, $"The response target {target} must be above zero and at most {MostDays} days.");
}
