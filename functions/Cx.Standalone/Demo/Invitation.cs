using System.Globalization;

namespace Cx.Standalone.Demo;

/// <summary>The end of the demo: whether all of it is there, and where to look next.</summary>
internal static class Invitation
{
    public static void WriteProof(IReadOnlyList<string> lost, Ledger ledger, TextWriter output)
    {
        output.WriteLine();
        if (lost.Count == 0)
        {
            output.WriteLine($"Nothing lost: all {ledger.Entries.Count} answers were right, and the API shows every order and touchpoint exactly once.");
            return;
        }

        output.WriteLine($"{lost.Count} things are not as they were told:");
        foreach (var one in lost)
        {
            output.WriteLine("  " + one);
        }
    }

    public static void WriteExplore(Uri address, string read, string ingest, Found found, TextWriter output)
    {
        var repaired = found.Of(Stories.Repaired)!;
        var followUp = repaired.View.GetProperty("followUps")[0].GetProperty("id").GetString();
        var shop = $"{address}{OutsideWorld.Path}";
        var now = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        output.WriteLine($$$"""

            It goes on serving at {{{address}}} until Ctrl-C. In another terminal:

              KEY={{{read}}}
              curl -s -H "Authorization: Bearer $KEY" '{{{shop}}}/customers?limit=5'
              curl -s -H "Authorization: Bearer $KEY" {{{shop}}}/customers/{{{repaired.Id}}}/experience
              curl -s -H "Authorization: Bearer $KEY" {{{shop}}}/customers/{{{repaired.Id}}}/touchpoints
              curl -s -H "Authorization: Bearer $KEY" {{{shop}}}/follow-ups/{{{followUp}}}/steps/review-request/why
              curl -s -H "Authorization: Bearer $KEY" '{{{shop}}}/messages?state=accepted'
              curl -s -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -d '{"email":"{{{Stories.Lost.Email}}}"}' {{{shop}}}/customers/lookup

            Let Carla call again, let a week pass, and look what it did to her score:

              curl -s -H "Authorization: Bearer {{{ingest}}}" -H "Idempotency-Key: my-first-call" -H "Content-Type: application/json" \
                -d '{"type":"feedback","occurredAt":"{{{now}}}","channel":"phone","customer":{"email":"{{{Stories.Lost.Email}}}"},"data":{"kind":"csat","score":4}}' {{{shop}}}/touchpoints
              curl -s -H "Content-Type: application/json" -d '{"advance":"P7D"}' {{{address}}}api/dev/clock
            """);
    }
}
