using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Email;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Templates;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;

namespace Cx.Application.FollowUps.TestMessages;

/// <summary>Renders a step's message and hands it to the sender that messages go to. Nothing of it is recorded but that it was sent, and by whom.</summary>
public sealed class TestSender(
    TemplatePreview previews, Senders senders, MessageOptions options, UnsubscribeLinks links, AuditLog audits, TimeProvider clock) : IDisposable
{
    /// <summary>Ours: enough to try a cadence in every language, and too few to write to anybody else by mistake.</summary>
    public const int MostAnHour = 30;

    /// <summary>By which filters and people tell a test.</summary>
    public const string Header = "X-Cx-Test";

    private const string SubjectPrefix = "[Test] ";

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    // What is counted is written down before the next one is counted.
    private readonly SemaphoreSlim counting = new(1, 1);

    public void Dispose() => counting.Dispose();

    /// <exception cref="ApiProblem">409: messages are shown, and not sent.</exception>
    public void CheckSender()
    {
        if (options.Sender == SenderKind.Local)
        {
            throw new ApiProblem(
                StatusCodes.Status409Conflict, "no-sender",
                "No sender is configured, so messages are shown and not sent. Set Cx__Smtp__Host for a mail relay, or Cx__Webhook__Url for another provider; GET /messages/{id} and the preview of a template show messages without one.");
        }
    }

    /// <summary>As it would be written now, but for the link to unsubscribe, which unsubscribes nobody.</summary>
    /// <param name="customer">About whose latest order it is; none: invented values.</param>
    public Task<Rendered> Render(ShopFacts shop, CadenceDocument cadence, Step step, string? language, OpenCustomer? customer, CancellationToken ct)
    {
        var template = customer is null ? null : Variant.Of(cadence, step, customer.Customer.Id)?.Template;
        return previews.Render(shop, template ?? step.Template!, language, customer, draft: null, Scope(shop, step) is { } scope ? links.Link(scope).AbsoluteUri : null, ct);
    }

    /// <summary>Writes down that a test is sent.</summary>
    /// <returns>Whether it may be: false, and nothing is written down, where the shop sent its most within the hour.</returns>
    public async Task<bool> Admit(ShopId shop, CustomerId? customer, Audit audit, string correlation, CancellationToken ct)
    {
        await counting.WaitAsync(ct);
        try
        {
            if (await audits.CountSince(shop, audit.Action, clock.GetUtcNow().AddHours(-1), ct) >= MostAnHour)
            {
                return false;
            }

            await audits.Record(shop, customer, audit, correlation, ct);
            return true;
        }
        finally
        {
            counting.Release();
        }
    }

    public async Task<StepTestResponse> Send(ShopFacts shop, CadenceDocument cadence, Step step, Rendered rendered, string to, CancellationToken ct)
    {
        var id = $"test-{Guid.NewGuid():N}";
        var headers = Scope(shop, step) is { } scope ? links.Headers(scope) : new Dictionary<string, string>();
        var email = new EmailMessage(
            id, options.FromAddress, PlainLine.Of(options.FromName ?? shop.Name), to, null, SubjectPrefix + rendered.Subject, rendered.Text, rendered.Html,
            new Dictionary<string, string>(headers) { [Header] = $"{cadence.Slug}/{step.Id}" });
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(Timeout);
        var (state, detail) = await senders.Mail.Send(email, id, late.Token) switch
        {
            SendResult.Accepted x => ("accepted", x.Response),
            SendResult.Refused x => ("refused", x.Reason),
            SendResult.Failed x => ("failed", x.Reason),
            SendResult.InDoubt x => ("in-doubt", x.Reason),
            var other => throw new InvalidOperationException($"Not a result of sending: {other}."),
        };
        return new(id, email.Subject, rendered.Language, senders.Mail.Name, state, detail);
    }

    private static UnsubscribeScope? Scope(ShopFacts shop, Step step) =>
        step.Category == Category.Transactional || step.IsForShop ? null : UnsubscribeScope.OfTest(shop.Id, step.Channel!.Value);
}
