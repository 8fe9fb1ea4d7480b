using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.Intake.Sources;
using Cx.Application.Observability;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.Privacy;
using Npgsql;

namespace Cx.Application.Intake;

/// <summary>The result of one delivery, or of one item of it. The names are part of the API.</summary>
public enum IntakeStatus { Applied, Unchanged, Duplicate, Conflict, Waiting, Acknowledged, Failed, Invalid }

/// <summary>The result of one delivery.</summary>
/// <param name="Reason">Why it failed or conflicts.</param>
public sealed record IntakeResult(IntakeStatus Status, CustomerId? Customer = null, string? Reason = null)
{
    internal static IntakeResult KeyConflict { get; } = new(IntakeStatus.Conflict, null, "This delivery key was used before with another body.");

    /// <summary>200, or 202 where the delivery was stored as failed.</summary>
    internal IResult Answer() => Results.Json(
        this, ApiJson.Options, statusCode: Status is IntakeStatus.Failed ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
}

/// <summary>
/// Processes an authentic delivery: deduplicate, archive, translate, decide, append. The same for every source, every host and every
/// entry point. When it returns, the delivery is committed.
/// </summary>
public sealed partial class Deliveries(
    IEventStore store, InstallationKeys keys, Identification identification, IdentifierIndex identifiers, Erasing erasing, FailedDeliveries failures,
    ILogger<Deliveries> log)
{
    private readonly record struct Arrival(
        ShopId Shop, string Source, string Topic, string Key, byte[] BodyHash, DateTimeOffset ReceivedAt, IReadOnlyList<string> LeftOut);

    /// <summary>Processes what a source posted.</summary>
    /// <exception cref="JsonException">The body nests too deep.</exception>
    public async Task<IntakeResult> Take(ShopId shop, ISource source, Incoming incoming, CancellationToken ct) =>
        Counted(source.Name, await TakeOrKeep(shop, source, incoming, ct));

    private async Task<IntakeResult> TakeOrKeep(ShopId shop, ISource source, Incoming incoming, CancellationToken ct)
    {
        var (topic, hash) = (TopicOf(source.Topic(incoming)), BodyHash(incoming.Body));
        if (WhyNotJson(incoming) is { } notJson)
        {
            return await Keep(shop, source.Name, topic, $"{topic}/{Convert.ToHexStringLower(hash)}", incoming, notJson, error: null, ct);
        }

        var arrival = new Arrival(shop, source.Name, topic, KeyOfWhole(source.DeliveryKey(incoming)), hash, incoming.ReceivedAt, incoming.LeftOut);
        try
        {
            var result = source.Translate(incoming) switch
            {
                Translation.Reports reports => await TakeAll(arrival, incoming.Body, reports.Items, ct),
                Translation.Link link => await Link(arrival, incoming.Body, link, ct),
                Translation.Erase erase => await Erase(arrival, erase, ct),
                _ => await Acknowledge(Delivery(arrival, incoming.Body, []), shop, ct),
            };
            Instruments.CountLeftOut(source.Name, incoming.LeftOut.Count);
            return result;
        }
        catch (Exception e) when (IsPermanent(e))
        {
            return await Keep(shop, source.Name, topic, arrival.Key, incoming, Reason(e), e is UntranslatableException ? null : e, ct);
        }
    }

    // Stored and answered with 2xx: sending it again would not help, and platforms disable webhooks that keep failing.
    private async Task<IntakeResult> Keep(
        ShopId shop, string source, string topic, string key, Incoming incoming, string reason, Exception? error, CancellationToken ct)
    {
        await failures.RecordDelivery(shop, source, topic, key, incoming, reason, ct);
        StoredAsFailed(log, shop, source, topic, reason, error);
        return new(IntakeStatus.Failed, null, reason);
    }

    private static string? WhyNotJson(Incoming incoming)
    {
        try
        {
            _ = incoming.Json;
            return null;
        }
        catch (JsonException e) when (!incoming.IsTooDeep())
        {
            return $"The body is not JSON: see line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}. Where the shop writes a warning of PHP into it, correct that, and send the delivery again.";
        }
    }

    /// <summary>Processes one report, in one transaction.</summary>
    /// <param name="payload">What is archived; a key that is repeated with it is a duplicate, with another a conflict.</param>
    /// <exception cref="UntranslatableException">The report has no usable identifier.</exception>
    public async Task<IntakeResult> Take(
        ShopId shop, string source, string topic, string key, ReadOnlyMemory<byte> payload, DateTimeOffset receivedAt, Report report,
        CancellationToken ct) =>
        Counted(source, await Take(new(shop, source, topic, key, BodyHash(payload), receivedAt, []), payload, report, ct));

    private static IntakeResult Counted(string source, IntakeResult result)
    {
        Instruments.CountDelivery(source, JsonNaming.Kebab(result.Status));
        return result;
    }

    private async Task<IntakeResult> Take(Arrival arrival, ReadOnlyMemory<byte> payload, Report report, CancellationToken ct)
    {
        var identified = await identification.Of(arrival.Shop, report.Identifiers, ct);
        if (identified.Count == 0)
        {
            throw new UntranslatableException("no value in it identifies a customer");
        }

        var facts = report.Facts.Select(WithPlainNames).ToList();
        var delivery = Delivery(arrival, payload, facts);
        var command = new Command(Correlations.Of(delivery.Key), arrival.Topic, arrival.Source, delivery)
        {
            Reads = StateQuery.Of(GivenIds.Forms(facts, Lookup.GivenId(keys, arrival.Shop))),
            Numbering = NumberingOf(arrival.Source),
        };
        var outcome = await store.Transact(arrival.Shop, new CustomerRef.ByIdentifiers(identified), command, Recording.Of(facts), ct);
        return outcome.Result switch
        {
            TransactResult.Duplicate => new(IntakeStatus.Duplicate),
            TransactResult.KeyConflict => IntakeResult.KeyConflict,
            TransactResult.Waiting => new(IntakeStatus.Waiting),
            TransactResult.Erased => new(IntakeStatus.Acknowledged),
            _ => new(outcome.Events.Count > 0 ? IntakeStatus.Applied : IntakeStatus.Unchanged, outcome.Customer),
        };
    }

    // The first item is stored under the delivery's own key and every item with the hash of the whole body: a key repeated with other
    // items, fewer or more, is a conflict at the first item, before any of them is applied.
    private async Task<IntakeResult> TakeAll(Arrival arrival, ReadOnlyMemory<byte> body, IReadOnlyList<Report> reports, CancellationToken ct)
    {
        var results = new List<IntakeResult>(reports.Count);
        foreach (var (i, report) in reports.Index())
        {
            var result = await Take(i == 0 ? arrival : arrival with { Key = $"{arrival.Key}#{i}" }, report.Payload ?? body, report, ct);
            if (result.Status is IntakeStatus.Conflict)
            {
                return result;
            }

            results.Add(result);
        }

        // The result of the whole is that of an applied item if there is one, else of one that is not a duplicate.
        var leading = results.Find(r => r.Status is IntakeStatus.Applied) ?? results.Find(r => r.Status is not IntakeStatus.Duplicate) ?? results[0];
        return results.Count == 1 ? leading : leading with { Customer = null };
    }

    // Whatever comes later of either id finds the two linked, so that it does not matter which delivery is the first.
    private async Task<IntakeResult> Link(Arrival arrival, ReadOnlyMemory<byte> payload, Translation.Link link, CancellationToken ct)
    {
        var delivery = Delivery(arrival, payload, []);
        var command = new Command(Correlations.Of(delivery.Key), arrival.Topic, arrival.Source) { Numbering = NumberingOf(arrival.Source) };
        if (await KnownOrNew(arrival.Shop, link.Kept, link.OccurredAt, command, ct) is not { } kept
            || await KnownOrNew(arrival.Shop, link.Deleted, link.OccurredAt, command, ct) is not { } deleted)
        {
            // One of them was erased: nothing of the news is kept.
            return await Acknowledge(Delivery(arrival, payload: null, []), arrival.Shop, ct);
        }

        var outcome = await store.Link(arrival.Shop, kept, deleted, link.OccurredAt, command with { Delivery = delivery, Audit = new(AuditAction.Linked, arrival.Source, arrival.Topic) }, ct);
        return outcome.Result switch
        {
            TransactResult.Duplicate => new(IntakeStatus.Duplicate),
            TransactResult.KeyConflict => IntakeResult.KeyConflict,
            _ => new(outcome.IsChange ? IntakeStatus.Applied : IntakeStatus.Unchanged, outcome.Lead),
        };
    }

    /// <summary>The customer of a customer id of the shop; none where that one was erased.</summary>
    private async Task<CustomerId?> KnownOrNew(ShopId shop, string id, DateTimeOffset at, Command command, CancellationToken ct)
    {
        var identified = await identification.Of(shop, [new(IdentifierKind.ShopCustomerId, id)], ct);
        var learned = new CustomerDetailsLearned(null, null, Personal.Clear(id), null, null, null, null, null, null, null, null, at);
        var outcome = await store.Transact(
            shop, new CustomerRef.ByIdentifiers(identified), command with { Reads = StateQuery.Open },
            (customer, context) => customer.Version > 0 ? [] : Recording.Decide(customer, context, [learned]), ct);
        return outcome.Customer;
    }

    private async Task<IntakeResult> Erase(Arrival arrival, Translation.Erase erase, CancellationToken ct)
    {
        var person = await identification.Of(arrival.Shop, erase.Person, ct);
        var orders = await identification.Of(arrival.Shop, erase.Orders, ct);
        if (await identifiers.Find(arrival.Shop, person.Count > 0 ? person : orders, ct) is [var customer, ..])
        {
            await erasing.Erase(arrival.Shop, customer, arrival.Source, new(AuditAction.Erased, arrival.Source, arrival.Topic), ct);
        }

        await erasing.Forget(arrival.Shop, [.. person.Where(i => i.Kind is IdentifierKind.ShopCustomerId), .. orders], ct);

        // Not archived: the request itself holds the personal data that it asks to erase.
        return await Acknowledge(Delivery(arrival, payload: null, []), arrival.Shop, ct);
    }

    private async Task<IntakeResult> Acknowledge(Delivery delivery, ShopId shop, CancellationToken ct) =>
        await store.RecordDelivery(shop, delivery, ct) switch
        {
            TransactResult.Duplicate => new(IntakeStatus.Duplicate),
            TransactResult.KeyConflict => IntakeResult.KeyConflict,
            _ => new(IntakeStatus.Acknowledged),
        };

    /// <summary>A first name that hides text is kept in the name alone, without what it hides: nobody is greeted by it.</summary>
    private static ICustomerEvent WithPlainNames(ICustomerEvent fact)
    {
        return fact switch
        {
            CustomerDetailsLearned x when Plain(x.Name, x.FirstName) is var (name, first) => x with { Name = name, FirstName = first },
            OrderContactGiven x when Plain(x.Name, x.FirstName) is var (name, first) => x with { Name = name, FirstName = first },
            _ => fact,
        };

        static (Personal? Name, Personal? FirstName) Plain(Personal? written, Personal? writtenFirst)
        {
            var (name, first) = (PersonNames.Plain(written?.Value), PersonNames.Plain(writtenFirst?.Value));
            return PersonNames.HidesText(writtenFirst?.Value) ? (Personal.Clear(name ?? first), null) : (Personal.Clear(name), Personal.Clear(first));
        }
    }

    private Delivery Delivery(Arrival arrival, ReadOnlyMemory<byte>? payload, IReadOnlyList<ICustomerEvent> facts)
    {
        var hashes = Lookup.DeliveryKey(keys, arrival.Shop, arrival.Source, arrival.Key);
        SealedPayload? archive = payload is { } bytes ? PayloadSeal.Seal(keys, arrival.Shop, Correlations.Of(hashes[0].Hash), bytes.Span) : null;
        return new(hashes, arrival.BodyHash, arrival.Source, arrival.Topic, arrival.ReceivedAt, archive, facts)
        {
            LeftOut = [.. arrival.LeftOut.Distinct()],
        };
    }

    // A key that reads as that of an item of another delivery (msg#1) is written as that of its own first item (msg#1#0), so that no two are the same.
    private static string KeyOfWhole(string key) => EndsAsItem().IsMatch(key) ? $"{key}#0" : key;

    [GeneratedRegex(@"#[0-9]+\z", RegexOptions.NonBacktracking)]
    private static partial Regex EndsAsItem();

    // A header that is not signed: only what looks like a topic is kept of it.
    private static string TopicOf(string topic) => Topics().IsMatch(topic) ? topic : "other";

    [GeneratedRegex("^[a-z_]+([./][a-z_]+)*$", RegexOptions.NonBacktracking)]
    private static partial Regex Topics();

    // Never the exception's own message, which may repeat a value; the log has it.
    private static string Reason(Exception e) => e switch
    {
        UntranslatableException => e.Message,
        PostgresException => "A value in it is out of the range that can be stored. Correct it in the shop, and send the delivery again.",
        _ => "It could not be processed because of an error of ours, which is in the log. Replay it after an update.",
    };

    // Through our own API a shop names its customers by the numbers of whichever platform it has.
    private static string? NumberingOf(string source) => source is ShopifySource.SourceName or WooCommerceSource.SourceName ? source : null;

    private static byte[] BodyHash(ReadOnlyMemory<byte> body) => SHA256.HashData(body.Span)[..16];

    // The data or our code is wrong. Not permanent: a store that cannot be reached, what a newer version takes, and what the
    // caller is told directly.
    private static bool IsPermanent(Exception e) =>
        e is UntranslatableException
        || (e is PostgresException p && p.SqlState[..2] is "22" or "21")
        || e is not (JsonException or NpgsqlException or TimeoutException or OperationCanceledException or UnknownShopException
            or NewerVersionException or BadHttpRequestException or ApiProblem);

    // An alert rule searches the log for "is kept as failed".
    [LoggerMessage(
        EventId = LogEvents.DeliveryFailed, EventName = nameof(LogEvents.DeliveryFailed), Level = LogLevel.Error,
        Message = "A delivery of {Source} to {Shop} ({Topic}) is kept as failed: {Reason}")]
    private static partial void StoredAsFailed(ILogger logger, ShopId shop, string source, string topic, string reason, Exception? exception);
}
