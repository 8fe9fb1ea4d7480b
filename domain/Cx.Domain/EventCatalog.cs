using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Policies;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Privacy;
using Cx.Domain.Shops;
using Cx.Domain.Silence;
using Cx.Domain.Touchpoints;

namespace Cx.Domain;

/// <summary>
/// Every event type and the name it is stored under. A .NET name is never stored; a changed shape is a new name and an upcast from
/// the old one, so that everything ever written still reads.
/// </summary>
public static class EventCatalog
{
    private static readonly (string Name, Type Type)[] Entries =
    [
        ("customer-details-learned.v1", typeof(CustomerDetailsLearned)),
        ("customer-details-cleared.v1", typeof(CustomerDetailsCleared)),
        ("identity-conflict-found.v1", typeof(IdentityConflictFound)),
        ("customers-linked.v1", typeof(CustomersLinked)),
        ("customers-unlinked.v1", typeof(CustomersUnlinked)),
        ("consent-given.v2", typeof(ConsentGiven)),
        ("consent-withdrawn.v1", typeof(ConsentWithdrawn)),
        ("data-requested.v1", typeof(DataRequested)),
        ("address-refused.v1", typeof(AddressRefused)),
        ("customer-erased.v1", typeof(CustomerErased)),
        ("processing-restricted.v1", typeof(ProcessingRestricted)),
        ("restriction-lifted.v1", typeof(RestrictionLifted)),
        ("profiling-objected.v1", typeof(ProfilingObjected)),
        ("profiling-objection-lifted.v1", typeof(ProfilingObjectionLifted)),
        ("order-placed.v1", typeof(OrderPlaced)),
        ("order-revised.v1", typeof(OrderRevised)),
        ("order-not-taken.v1", typeof(OrderNotTaken)),
        ("order-contact-given.v1", typeof(OrderContactGiven)),
        ("order-reassigned.v1", typeof(OrderReassigned)),
        ("order-paid.v1", typeof(OrderPaid)),
        ("order-shipped.v1", typeof(OrderShipped)),
        ("order-delivered.v1", typeof(OrderDelivered)),
        ("shipment-in-transit.v1", typeof(ShipmentInTransit)),
        ("delivery-failed.v1", typeof(DeliveryFailed)),
        ("order-cancelled.v1", typeof(OrderCancelled)),
        ("refund-requested.v1", typeof(RefundRequested)),
        ("order-refunded.v1", typeof(OrderRefunded)),
        ("order-fact-taken-back.v1", typeof(OrderFactTakenBack)),
        ("checkout-started.v1", typeof(CheckoutStarted)),
        ("contact-made.v1", typeof(ContactMade)),
        ("contact-answered.v1", typeof(ContactAnswered)),
        ("contact-left-unanswered.v1", typeof(ContactLeftUnanswered)),
        ("purchase-overdue.v1", typeof(PurchaseOverdue)),
        ("complaint-opened.v1", typeof(ComplaintOpened)),
        ("complaint-resolved.v1", typeof(ComplaintResolved)),
        ("visit-made.v1", typeof(VisitMade)),
        ("feedback-given.v1", typeof(FeedbackGiven)),
        ("review-posted.v1", typeof(ReviewPosted)),
        ("mention-made.v1", typeof(MentionMade)),
        ("referral-made.v1", typeof(ReferralMade)),
        ("spam-reported.v1", typeof(SpamReported)),
        ("follow-up-started.v1", typeof(FollowUpStarted)),
        ("follow-up-ended.v1", typeof(FollowUpEnded)),
        ("follow-up-migrated.v1", typeof(FollowUpMigrated)),
        ("step-held.v1", typeof(StepHeld)),
        ("step-skipped.v1", typeof(StepSkipped)),
        ("step-reopened.v1", typeof(StepReopened)),
        ("step-passed.v1", typeof(StepPassed)),
        ("step-skipped-by-person.v1", typeof(StepSkippedByPerson)),
        ("step-postponed.v1", typeof(StepPostponed)),
        ("step-send-requested.v1", typeof(StepSendRequested)),
        ("follow-up-stopped.v1", typeof(FollowUpStopped)),
        ("message-queued.v1", typeof(MessageQueued)),
        ("message-attempted.v1", typeof(MessageAttempted)),
        ("message-accepted.v1", typeof(MessageAccepted)),
        ("message-deferred.v1", typeof(MessageDeferred)),
        ("message-failed.v1", typeof(MessageFailed)),
        ("message-in-doubt.v1", typeof(MessageInDoubt)),
        ("message-withdrawn.v1", typeof(MessageWithdrawn)),
        ("message-settled.v1", typeof(MessageSettled)),
        ("sent-despite.v1", typeof(SentDespite)),
        ("shop-configured.v1", typeof(ShopConfigured)),
        ("sending-switched.v1", typeof(SendingSwitched)),
        ("waking-interrupted.v1", typeof(WakingInterrupted)),
        ("policy-draft-saved.v1", typeof(PolicyDraftSaved)),
        ("policy-published.v1", typeof(PolicyPublished)),
        ("second-order-gap-measured.v1", typeof(SecondOrderGapMeasured)),
        ("cadence-switched.v1", typeof(CadenceSwitched)),
        ("cadence-draft-saved.v1", typeof(CadenceDraftSaved)),
        ("cadence-published.v1", typeof(CadencePublished)),
        ("cadence-paused.v1", typeof(CadencePaused)),
        ("cadence-resumed.v1", typeof(CadenceResumed)),
        ("cadence-archived.v1", typeof(CadenceArchived)),
        ("template-saved.v1", typeof(TemplateSaved)),
        ("template-removed.v1", typeof(TemplateRemoved)),
        ("source-configured.v1", typeof(SourceConfigured)),
        ("source-removed.v1", typeof(SourceRemoved)),
        ("api-key-issued.v1", typeof(ApiKeyIssued)),
        ("api-key-revoked.v1", typeof(ApiKeyRevoked)),
    ];

    // What is no more written: each name with the pure upcast to what is read of it.
    private static readonly (string Name, Type Type, Func<JsonElement, IEvent> Upcast)[] FormerEntries =
    [
        ("consent-given.v1", typeof(ConsentGiven), json => json.Deserialize<ConsentGivenV1>(Json)!.Upcast()),
    ];

    private static readonly FrozenDictionary<string, Type> ByName = Entries.ToFrozenDictionary(e => e.Name, e => e.Type, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Func<JsonElement, IEvent>> ByFormerName =
        FormerEntries.ToFrozenDictionary(e => e.Name, e => e.Upcast, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> ByType = Entries.ToFrozenDictionary(e => e.Type, e => e.Name);

    /// <summary>How events and states are written: camelCase, enums by their kebab-case names, nothing for null.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
            new OrdinalMapConverter(),
            new DurationConverter(),
        },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
    };

    /// <summary>All stored names that are written.</summary>
    public static IEnumerable<string> Names => Entries.Select(e => e.Name);

    /// <summary>All stored names, each with the type that it is read as.</summary>
    public static IReadOnlyList<(string Name, Type Type)> All => Entries;

    /// <summary>The stored names that are only read, each with the type it is read as and the upcast from its JSON.</summary>
    public static IReadOnlyList<(string Name, Type Type, Func<JsonElement, IEvent> Upcast)> Former => FormerEntries;

    /// <summary>Stored names together with the former names of the same events.</summary>
    public static IEnumerable<string> WithFormer(IEnumerable<string> names)
    {
        var types = names.ToHashSet(StringComparer.Ordinal);
        return types.Concat(FormerEntries.Where(f => types.Contains(ByType[f.Type])).Select(f => f.Name));
    }

    /// <summary>The stored name of an event.</summary>
    /// <exception cref="InvalidOperationException">The type is not in the catalogue.</exception>
    public static string NameOf(IEvent e) => NameOf(e.GetType());

    public static string NameOf(Type type) =>
        ByType.TryGetValue(type, out var name)
            ? name
            : throw new InvalidOperationException($"{type.Name} has no stored name: add it to the event catalogue.");

    /// <summary>The event's name without its version, as cadences use it: <c>order-placed</c>.</summary>
    public static string ShortNameOf(IEvent e) => NameOf(e) is var name ? name[..name.LastIndexOf('.')] : "";

    public static byte[] Write(IEvent e) => JsonSerializer.SerializeToUtf8Bytes(e, e.GetType(), Json);

    /// <summary>Reads a stored event.</summary>
    /// <exception cref="NewerVersionException">The name is unknown: the log is newer than the code.</exception>
    public static IEvent Read(string name, ReadOnlySpan<byte> json) =>
        ByName.TryGetValue(name, out var type) ? (IEvent)JsonSerializer.Deserialize(json, type, Json)!
            : ByFormerName.TryGetValue(name, out var upcast) ? upcast(JsonElement.Parse(json))
            : throw new NewerVersionException($"The log holds '{name}', which this version does not know.");

    /// <summary>Whether this version can read events of a stored name.</summary>
    public static bool Knows(string name) => ByName.ContainsKey(name) || ByFormerName.ContainsKey(name);
}

/// <summary>
/// Something was written by a newer version, as happens while a deployment rolls: an event of an unknown name, a message of an unknown version. It is
/// neither skipped nor a failure of what wrote it: this version leaves it alone and tries again later, and a newer one processes it.
/// </summary>
/// <param name="what">Names it; never a personal value.</param>
public sealed class NewerVersionException(string what) : Exception(what);

/// <summary>The kebab-case names of enum values in storage and API.</summary>
public static class JsonNaming
{
    public static string Kebab<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}

/// <summary>Reads maps and sets keyed by strings with ordinal order: the default order depends on the machine's culture.</summary>
public sealed class OrdinalMapConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert == typeof(ImmutableSortedSet<string>)
        || (typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>)
            && typeToConvert.GenericTypeArguments[0] == typeof(string));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        typeToConvert == typeof(ImmutableSortedSet<string>)
            ? new Set()
            : (JsonConverter)Activator.CreateInstance(typeof(Map<>).MakeGenericType(typeToConvert.GenericTypeArguments[1]))!;

    private sealed class Map<TValue> : JsonConverter<ImmutableSortedDictionary<string, TValue>>
    {
        public override ImmutableSortedDictionary<string, TValue> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var map = ImmutableSortedDictionary.CreateBuilder<string, TValue>(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = reader.GetString()!;
                reader.Read();
                map[key] = JsonSerializer.Deserialize<TValue>(ref reader, options)!;
            }

            return map.ToImmutable();
        }

        public override void Write(Utf8JsonWriter writer, ImmutableSortedDictionary<string, TValue> value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (key, item) in value)
            {
                writer.WritePropertyName(key);
                JsonSerializer.Serialize(writer, item, options);
            }

            writer.WriteEndObject();
        }
    }

    private sealed class Set : JsonConverter<ImmutableSortedSet<string>>
    {
        public override ImmutableSortedSet<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ImmutableSortedSet.CreateRange(StringComparer.Ordinal, JsonSerializer.Deserialize<string[]>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, ImmutableSortedSet<string> value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var item in value)
            {
                writer.WriteStringValue(item);
            }

            writer.WriteEndArray();
        }
    }
}

/// <summary>Writes durations in ISO 8601: <c>P14D</c>, <c>PT16H</c>. Years and months have no fixed length and are refused.</summary>
public sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? throw new JsonException("A duration cannot be null.");
        var date = text.Split('T')[0];
        if (date.Contains('Y', StringComparison.Ordinal) || date.Contains('M', StringComparison.Ordinal))
            throw new JsonException($"'{text}' has years or months: use days.");

        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new JsonException($"'{text}' is not a duration such as P14D or PT16H.", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(XmlConvert.ToString(value));
}
