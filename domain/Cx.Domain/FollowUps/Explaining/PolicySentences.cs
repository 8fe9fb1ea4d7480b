using System.Collections.Frozen;
using Cx.Domain.Explaining;

namespace Cx.Domain.FollowUps.Explaining;

/// <summary>
/// Says reasons and what policies found. The log keeps what a policy noted in English for ever: sentences are made of what is read back from that.
/// </summary>
public static class PolicySentences
{
    // By policy: the key of the sentence, and the note with its values. What stands in brackets may be missing.
    private static readonly FrozenDictionary<string, List<(string Key, Note Note)>> Notes = new (string Policy, (string Key, string Note)[] Notes)[]
    {
        ("follow-up",
        [
            ("erased", "the customer was erased on {at}"), ("stopped", "stopped by key {by} on {at}"), ("ended", "ended on {at}"), ("archived", "the cadence was archived"),
            ("replaced", "a version was published that ends those running a former one"), ("runs", "runs since {at}"), ("removed", "the shop no longer has this cadence"),
        ]),
        ("cadence",
        [
            ("archived", "the cadence was archived"), ("replaced", "a version was published that ends those running a former one"),
            ("missing", "version {from} or {to} is missing"), ("unplaced", "no step that was open in version {from} is in version {to}"),
            ("passed", "not in version {from}, and due before the follow-up went over"), ("left-out", "not in version {to}"),
        ]),
        ("person", [("stopped", "stopped by key {by} on {at}"), ("controlled", "{control}, by key {by} on {at}")]),
        ("taken-back", [("reopened", "nothing is left of what it was skipped for")]),
        ("restriction", [("stands", "processing is restricted since {at}"), ("none", "processing is not restricted")]),
        ("subject",
        [
            ("taken-back", "what started it was taken back: {event}"), ("changed", "the rating is no more what starts it: {fact} is {value}, not {is}[ {wanted}]"),
            ("stands", "the {subject} of {at} stands"),
        ]),
        ("contact-policy", [("settings", "none published: as the shop's settings say"), ("version", "version {version}")]),
        ("variant", [("drawn", "'{variant}', of {shares}")]),
        ("path", [("other", "'{owner}' took the other path: {outcome}"), ("closed", "'{owner}', which leads to it, was not passed")]),
        ("wait-for", [("missing", "no {event} until {at}"), ("arrived", "{event} on {at}")]),
        ("branch", [("unmet", "{fact} is {value}, not {is}[ {wanted}]"), ("met", "{facts}")]),
        ("control-group", [("in", "the customer is in the control group"), ("out", "not in the control group")]),
        ("order",
        [
            ("none", "not about an order"), ("received", "the address got this step before the order came to this customer"),
            ("taken-back", "what started it was taken back: {event}"), ("loss", "its loss is the trigger: {event}"), ("cancelled", "cancelled on {at}"),
            ("refunded", "refunded in full on {at}"), ("valid", "neither cancelled nor refunded in full"), ("moved", "moved to another customer, as stated on {at}"),
        ]),
        ("goal-and-exits", [("none", "neither goal nor exit reached"), ("reached", "{event} on {at}")]),
        ("conditions", [("hold", "all hold"), ("unmet", "{fact} is {value}, not {is}[ {wanted}]")]),
        ("sending", [("cadence-paused", "the cadence is paused"), ("on", "switched on"), ("paused", "paused"), ("off", "switched off")]),
        ("address", [("shop-unknown", "the shop has no {address}"), ("shop", "the shop's {address}"), ("unknown", "no {address} known"), ("refused", "{address} refused for good on {at}, and not given anew since"), ("known", "{address} known")]),
        ("consent",
        [
            ("transactional", "transactional: none needed"), ("objected", "objected on {at}"), ("barred", "the address is barred since {at}"),
            ("service", "service about an existing contact: no objection"), ("opted-in", "opted in on {at}"),
            ("soft", "soft opt-in: address left with a sale, the shop attests the notice"), ("none", "no opt-in, and no soft opt-in applies"),
        ]),
        ("offer",
        [
            ("none-asked", "offers nothing"), ("unread", "not looked up"), ("nothing", "nothing to offer"),
            ("analogous", "under the soft opt-in only products analogous to those bought"), ("found", "{n} to offer"),
        ]),
        ("profiling", [("none", "does not profile"), ("objected", "objected on {at}"), ("allowed", "no objection")]),
        ("due",
        [
            ("unknown", "its anchor is not known yet"), ("later", "due on {due}[, wanted now by key {sender} on {sent}][, postponed by key {by} on {at}]"),
            ("since", "due since {due}[, wanted now by key {sender} on {sent}][, postponed by key {by} on {at}]"), ("given-up", "no anchor {n} days after the trigger"),
            ("previous", "the previous step was not sent"), ("not-passed", "the previous step was not passed"),
            ("reached", "reached on {due}[, wanted now by key {sender} on {sent}][, postponed by key {by} on {at}]"),
        ]),
        ("lateness", [("none", "sends nothing"), ("late", "{late} h late, at most {most} h")]),
        ("quiet-hours",
        [
            ("waived", "waived: sent now by key {by} on {at}"), ("none", "none apply"), ("open", "not quiet in {zones} ({basis})"), ("quiet", "quiet until {until} in {zones} ({basis})"),
            ("always", "at every hour quiet in one of {zones} ({basis})"),
        ]),
        ("window",
        [
            ("waived", "waived: sent now by key {by} on {at}"), ("any", "any time of day"), ("inside-one", "inside {hours} in {zone}, because no hour is inside in all of {zones} ({basis})"),
            ("outside-one", "outside {hours} in {zone}, because no hour is inside in all of {zones} ({basis})"), ("inside", "inside {hours} in {zones} ({basis})"),
            ("outside", "outside {hours} in {zones} ({basis})"),
        ]),
        ("cap",
        [
            ("none", "not a marketing e-mail"), ("waived", "waived: sent now by key {by} on {at}"), ("zero", "no marketing e-mail allowed"), ("count", "{n} of {most} in {days} days"),
            ("not-applied", "none applies"), ("in-days", "{n} of {most} ({scope}) in {days} days[; {rest}]"), ("in-hours", "{n} of {most} ({scope}) in {hours} h[; {rest}]"),
        ]),
        ("spacing",
        [
            ("none", "not a marketing e-mail"), ("waived", "waived: sent now by key {by} on {at}"), ("first", "none before"), ("last", "the last one on {at}"), ("not-applied", "none applies"),
        ]),
        ("spread",
        [
            ("transactional", "transactional: goes at once"), ("none", "nothing held it up"), ("waived", "waived: sent now by key {by} on {at}"),
            ("spread", "nothing was sent from {since} to {until}, and what that held is spread: this from {at}"),
        ]),
        ("maximum-hold", [("over", "longest hold over of {n} days"), ("within", "within the longest hold of {n} days")]),
        ("complaints",
        [
            ("none-asked", "does not wait for complaints"), ("none", "none open"), ("open", "{n} open, held until {until} at the latest"), ("over", "still open, longest hold over on {at}"),
        ]),
        ("review",
        [
            ("none", "asks for no review"), ("gift-cards", "nothing but gift cards"), ("some", "there is something to review"),
            ("lines", "{n} of {lines} lines can be asked about"), ("renewal", "the order renews a subscription"), ("channel", "the order was made by {channel}, which is excluded"),
            ("order-tag", "the order has a tag that is excluded"), ("customer-tag", "the customer has a tag that is excluded"),
            ("value", "the order costs {amount} {currency}, less than {least}"), ("line-gift-card", "{product}: a gift card[; {rest}]"),
            ("line-digital", "{product}: digital goods are excluded[; {rest}]"), ("line-product", "{product}: the product is excluded[; {rest}]"),
            ("line-collection", "{product}: the collection {collection} is excluded[; {rest}]"), ("line-asked", "{product}: asked about on {at}[; {rest}]"),
            ("together", "asked for together with order {order}, in message {message}"), ("parted", "the message that asked about it too was withdrawn"),
        ]),
        ("review-spacing",
        [
            ("none", "asks for no review"), ("first", "none asked for before"), ("recent", "one was asked for on {at}"), ("last", "the last one was asked for on {at}"),
        ]),
    }.ToFrozenDictionary(p => p.Policy, p => p.Notes.Select(n => ($"check.{p.Policy}.{n.Key}", new Note(n.Note))).ToList(), StringComparer.Ordinal);

    /// <summary>The keys of what policies note.</summary>
    public static IEnumerable<string> NoteKeys => Notes.Values.SelectMany(n => n.Select(k => k.Key));

    public static string Of(this Sentences say, Reason reason) => say.Say($"reason.{JsonNaming.Kebab(reason)}");

    /// <summary>What a policy found; where there is no sentence for what it noted, the note itself.</summary>
    public static string Of(this Sentences say, Check check) => Read(check) is var (key, values) && say.Has(key)
        ? say.Say(key, [.. values.Select(v => v is { Name: "rest", Value: string rest } ? (v.Name, say.Of(check with { Evidence = rest })) : v)])
        : $"{check.Policy}: {check.Evidence}";

    /// <summary>Whether there is a sentence for what a policy noted.</summary>
    public static bool Has(this Sentences say, Check check) => Read(check) is var (key, _) && say.Has(key);

    private static (string Key, IReadOnlyList<(string Name, object? Value)> Values)? Read(Check check)
    {
        foreach (var (key, note) in Notes.GetValueOrDefault(check.Policy) ?? [])
        {
            if (note.Read(check.Evidence) is { } values)
                return (key, values);
        }

        return null;
    }
}
