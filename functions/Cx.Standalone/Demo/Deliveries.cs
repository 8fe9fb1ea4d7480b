using System.Text.Json;

namespace Cx.Standalone.Demo;

/// <summary>The endpoint that a delivery is posted to.</summary>
internal enum IntakeRoute { Shopify, WooCommerce, Standard, Api }

/// <summary>The answer that a delivery must get.</summary>
internal enum ExpectedAnswer { Accepted, Waiting, Duplicate, Conflict, Rejected }

/// <summary>One request that a source posts.</summary>
/// <param name="Key">The delivery key: webhook id, or Idempotency-Key.</param>
/// <param name="Topic">The topic of a webhook, or the type of a touchpoint.</param>
/// <param name="Copies">How many copies are posted at the same moment.</param>
internal sealed record DemoDelivery(IntakeRoute Route, string Key, string Topic, string Body, ExpectedAnswer Expected = ExpectedAnswer.Accepted, int Copies = 1);

/// <summary>An action at an instant of the season.</summary>
internal sealed record ScheduledAction(DateTimeOffset At, Func<DemoClient, Task> Run)
{
    public static ScheduledAction Post(DateTimeOffset at, DemoDelivery delivery) => new(at, client => client.Post(delivery));
}

/// <summary>One copy of a delivery, and the answer to it.</summary>
/// <param name="Answer">The status in the answer: applied, duplicate, waiting…, or the problem's code.</param>
internal sealed record LoggedAnswer(DemoDelivery Delivery, int Status, string Answer);

/// <summary>The client's own record of what it posted and of the answers, kept outside the system so that the two can be compared.</summary>
internal sealed class DeliveryLog
{
    private static readonly string[] Accepted = ["applied", "unchanged", "acknowledged", "waiting"];

    private readonly List<LoggedAnswer> answers = [];
    private readonly List<string> errors = [];

    public IReadOnlyList<LoggedAnswer> Answers => answers;

    /// <summary>Deliveries with another answer than the expected one.</summary>
    public IReadOnlyList<string> Errors => errors;

    public int Unsubscribes { get; private set; }

    /// <summary>None before it was made.</summary>
    public LoggedEdit? Edit { get; private set; }

    /// <summary>Records the answers to all copies of a delivery and compares them with the expected one.</summary>
    public void Record(DemoDelivery delivery, IReadOnlyList<(int Status, string Answer)> given)
    {
        answers.AddRange(given.Select(a => new LoggedAnswer(delivery, a.Status, a.Answer)));
        var accepted = given.Count(a => a.Status == 200 && Accepted.Contains(a.Answer));
        var duplicates = given.Count(a => a is (200, "duplicate"));
        var isExpected = delivery.Expected switch
        {
            ExpectedAnswer.Accepted => accepted == 1 && duplicates == given.Count - 1,
            ExpectedAnswer.Waiting => accepted == 1 && given[0].Answer == "waiting",
            ExpectedAnswer.Duplicate => duplicates == given.Count,
            ExpectedAnswer.Conflict => given.All(a => a is (200, "conflict") or (422, "idempotency-key-reused")),
            _ => given.All(a => a.Status == 401),
        };
        if (!isExpected)
        {
            errors.Add($"{delivery.Route} {delivery.Topic} {delivery.Key}: expected {delivery.Expected}, got {string.Join(", ", given.Select(a => $"{a.Status} {a.Answer}"))}");
        }
    }

    public void RecordUnsubscribe(int status)
    {
        Unsubscribes++;
        if (status != 200)
        {
            errors.Add($"the one-click unsubscribe got status {status}");
        }
    }

    public void RecordEdit(LoggedEdit edit)
    {
        Edit = edit;
        if (!JsonElement.DeepEquals(edit.Foreseen, edit.Done))
        {
            errors.Add($"the trial run of the publication said {edit.Foreseen}, and the publication {edit.Done}");
        }
    }

    public void RecordError(string error) => errors.Add(error);
}
