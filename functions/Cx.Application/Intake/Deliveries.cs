using System.Security.Cryptography;
using System.Text.Json;
using Cx.Application.EventStore;
using Cx.Application.Privacy;
using Cx.Domain;
using Cx.Domain.Customers;
using Npgsql;

namespace Cx.Application.Intake;

/// <summary>How one delivery, or one item of it, ended. The names are part of the API.</summary>
public enum IntakeStatus { Applied, Unchanged, Duplicate, Conflict, Waiting, Acknowledged, Failed, Invalid }

/// <summary>What became of what was posted.</summary>
/// <param name="Reason">Why it failed, where it did.</param>
public sealed record IntakeResult(IntakeStatus Status, CustomerId? Customer = null, string? Reason = null);

/// <summary>
/// Takes an authentic delivery in: deduplicate, archive, translate, decide, append. The same for every source, every host and every way
/// in. Once this returns, what it says is committed.
/// </summary>
public sealed class Deliveries(IEventStore store, InstallationKeys keys, IdentifierIndex identifiers, Erasing erasing, FailedDeliveries failures, ILogger<Deliveries> log)
{
    /// <summary>Takes in what a source posted.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public async Task<IntakeResult> Take(ShopId shop, ISource source, Incoming incoming, CancellationToken ct)
    {
        var key = source.DeliveryKey(incoming);
        var topic = source.Topic(incoming);
        try
        {
            return source.Translate(incoming) switch
            {
                Translation.Reports reports => await TakeAll(shop, source.Name, topic, key, incoming, reports.Items, ct),
                Translation.Erase erase => await Erase(shop, source.Name, topic, key, incoming, erase, ct),
                _ => await Acknowledge(shop, Delivery(shop, source.Name, topic, key, incoming.Body, BodyHash(incoming.Body), incoming.ReceivedAt, []), ct),
            };
        }
        catch (Exception e) when (IsPermanent(e))
        {
            // Authentic and readable: the sender cannot mend it, and would give up on us if we kept refusing.
            var reason = e is UntranslatableException ? e.Message : $"{e.GetType().Name}: a value that cannot be stored, or a bug.";
            await failures.RecordDelivery(shop, source.Name, topic, key, incoming, reason, ct);
            Log.Failed(log, shop, source.Name, topic, reason, e is UntranslatableException ? null : e);
            return new(IntakeStatus.Failed, null, reason);
        }
    }

    /// <summary>Takes in one report, in one transaction.</summary>
    /// <param name="payload">What is archived, and makes a repeated key a duplicate or a conflict.</param>
    public Task<IntakeResult> Take(
        ShopId shop, string source, string topic, string key, ReadOnlyMemory<byte> payload, DateTimeOffset receivedAt, Report report, CancellationToken ct) =>
        Take(shop, source, topic, key, payload, BodyHash(payload), receivedAt, report, ct);

    private async Task<IntakeResult> Take(
        ShopId shop, string source, string topic, string key, ReadOnlyMemory<byte> payload, byte[] body, DateTimeOffset receivedAt, Report report, CancellationToken ct)
    {
        var who = Identify(shop, report.Who);
        if (who.Count == 0)
        {
            throw new UntranslatableException("nothing in it names a person that can be told apart from others");
        }

        var delivery = Delivery(shop, source, topic, key, payload, body, receivedAt, report.Facts);
        var command = new Command(Correlations.Of(delivery.Key), topic, source, delivery);
        var outcome = await store.Transact(shop, new CustomerRef.ByIdentifiers(who), command, Recording.Of(report.Facts), ct);
        return outcome.Result switch
        {
            TransactResult.Duplicate => new(IntakeStatus.Duplicate),
            TransactResult.KeyConflict => new(IntakeStatus.Conflict, null, "This delivery key was used before with another body."),
            TransactResult.Waiting => new(IntakeStatus.Waiting),
            _ => new(outcome.Events.Count > 0 ? IntakeStatus.Applied : IntakeStatus.Unchanged, outcome.Customer),
        };
    }

    // The first item holds the delivery's own key, and each answers for the whole body: a key that comes back with other items, fewer or
    // more, is a conflict from the first one on.
    private async Task<IntakeResult> TakeAll(ShopId shop, string source, string topic, string key, Incoming incoming, IReadOnlyList<Report> reports, CancellationToken ct)
    {
        var body = BodyHash(incoming.Body);
        var results = new List<IntakeResult>(reports.Count);
        for (var i = 0; i < reports.Count; i++)
        {
            var result = await Take(
                shop, source, topic, i == 0 ? key : $"{key}#{i}", reports[i].Payload ?? incoming.Body, body, incoming.ReceivedAt, reports[i], ct);
            if (result.Status is IntakeStatus.Conflict)
            {
                return result;
            }

            results.Add(result);
        }

        // One that was applied says most about the whole; and one that is new more than one that was here before.
        return results is [var only] ? only : (results.Find(r => r.Status is IntakeStatus.Applied) ?? results.Find(r => r.Status is not IntakeStatus.Duplicate) ?? results[0]) with { Customer = null };
    }

    private async Task<IntakeResult> Erase(ShopId shop, string source, string topic, string key, Incoming incoming, Translation.Erase erase, CancellationToken ct)
    {
        foreach (var customer in await identifiers.Find(shop, Identify(shop, erase.Who), ct))
        {
            await erasing.Erase(shop, customer, source, ct);
        }

        // What asks for an erasure names the person: it is remembered, but not kept.
        return await Acknowledge(shop, Delivery(shop, source, topic, key, incoming.Body, BodyHash(incoming.Body), incoming.ReceivedAt, []) with { Archive = null }, ct);
    }

    private async Task<IntakeResult> Acknowledge(ShopId shop, Delivery delivery, CancellationToken ct) => await store.RecordDelivery(shop, delivery, ct) switch
    {
        TransactResult.Duplicate => new(IntakeStatus.Duplicate),
        TransactResult.KeyConflict => new(IntakeStatus.Conflict, null, "This delivery key was used before with another body."),
        _ => new(IntakeStatus.Acknowledged),
    };

    private List<Identifier> Identify(ShopId shop, IReadOnlyList<RawIdentifier> identifiers) =>
        [.. identifiers
            .Select(c => (c.Kind, Value: Identifiers.Normalise(c.Kind, c.Value)))
            .Where(c => c.Value is not null)
            .DistinctBy(c => c)
            .Select(c => Lookup.Of(keys, shop, c.Kind, c.Value!))];

    private static byte[] BodyHash(ReadOnlyMemory<byte> body) => SHA256.HashData(body.Span)[..16];

    private Delivery Delivery(
        ShopId shop, string source, string topic, string key, ReadOnlyMemory<byte> payload, byte[] body, DateTimeOffset receivedAt, IReadOnlyList<ICustomerEvent> facts)
    {
        var hashes = Lookup.DeliveryKey(keys, shop, source, key);
        var archive = PayloadSeal.Seal(keys, shop, Correlations.Of(hashes[0].Hash), payload.Span);
        return new(hashes, body, source, topic, receivedAt, archive, facts);
    }

    // Whatever is wrong with the data or with our code; not a store that cannot be reached, nor a body that is not JSON.
    private static bool IsPermanent(Exception e) =>
        e is UntranslatableException
        || (e is PostgresException p && p.SqlState[..2] is "22" or "21")
        || e is not (JsonException or NpgsqlException or TimeoutException or OperationCanceledException or UnknownShopException or BadHttpRequestException or Api.ApiProblem);
}
