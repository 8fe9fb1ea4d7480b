namespace Cx.Standalone.Demo;

/// <summary>One copy of a posting, and the answer to it.</summary>
/// <param name="Answer">The status in the answer: applied, duplicate, waiting…, or the problem's code.</param>
internal sealed record Entry(Posting Posting, int Status, string Answer);

/// <summary>The world's own book of what it posted and what it was told, kept apart from the system so that the two can be compared.</summary>
internal sealed class Ledger
{
    private static readonly string[] TakenOver = ["applied", "unchanged", "acknowledged", "waiting"];

    private readonly List<Entry> entries = [];
    private readonly List<string> complaints = [];

    public IReadOnlyList<Entry> Entries => entries;

    /// <summary>What was answered otherwise than it had to be.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public int Unsubscribed { get; private set; }

    /// <summary>Books the answers to all copies of a posting, and holds them against what must become of it.</summary>
    public void Book(Posting posting, IReadOnlyList<(int Status, string Answer)> answers)
    {
        entries.AddRange(answers.Select(a => new Entry(posting, a.Status, a.Answer)));
        var taken = answers.Count(a => a.Status == 200 && TakenOver.Contains(a.Answer));
        var repeated = answers.Count(a => a is (200, "duplicate"));
        var right = posting.Expected switch
        {
            Expected.Taken => taken == 1 && repeated == answers.Count - 1,
            Expected.Waiting => taken == 1 && answers[0].Answer == "waiting",
            Expected.Duplicate => repeated == answers.Count,
            Expected.Conflict => answers.All(a => a is (200, "conflict") or (422, "idempotency-key-reused")),
            _ => answers.All(a => a.Status == 401),
        };
        if (!right)
        {
            complaints.Add($"{posting.Door} {posting.Topic} {posting.Key}: expected {posting.Expected}, got {string.Join(", ", answers.Select(a => $"{a.Status} {a.Answer}"))}");
        }
    }

    public void BookUnsubscribe(int status)
    {
        Unsubscribed++;
        if (status != 200)
        {
            complaints.Add($"the one-click unsubscribe was answered {status}");
        }
    }

    public void Complain(string complaint) => complaints.Add(complaint);
}
