using Cx.Application.Api;
using Cx.Application.FollowUps.Explanations;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Unsubscribing;
using Cx.Application.FollowUps.Webhook;
using Cx.Domain.FollowUps.Explaining;

namespace Cx.Application.FollowUps;

/// <summary>What the API offers about follow-ups and messages.</summary>
public static class FollowUpEndpoints
{
    public static IReadOnlyList<Api.Endpoint> All { get; } =
    [
        new("listFollowUps", HttpMethods.Get, Routes.FollowUps, Access.Read, FollowUpQueries.List)
        {
            Summary = "The customer's follow-ups and how far each step is.",
            Returns = typeof(Page<FollowUpDetailsResponse>),
            Refuses = [410],
        },
        new("explainCadence", HttpMethods.Get, Routes.CadenceWhy, Access.Read, CadenceWhy.Get)
        {
            Summary = "Why a cadence (?cadence= its slug) did, or did not, write to the customer: what happened, what was missing, what stands in the way, each step with its checks, and what comes next.",
            Returns = typeof(CadenceExplanation),
            Refuses = [400, 410],
            Headers = [Api.Endpoint.LanguageHeader],
        },
        new("explainStep", HttpMethods.Get, Routes.Why, Access.Read, FollowUpQueries.Why)
        {
            Summary = "Why a step was sent, held or skipped: the chain from the delivery to every policy check.",
            Returns = typeof(StepExplanationResponse),
            Headers = [Api.Endpoint.LanguageHeader],
        },
        new("getAlertSecrets", HttpMethods.Get, Routes.AlertSecrets, Access.Admin, AlertHandlers.Secrets)
        {
            Summary = "The secrets that sign what is posted to the shop's alertUrl, the newest first.",
            Returns = typeof(AlertSecretsResponse),
        },
        new("skipStep", HttpMethods.Post, Routes.SkipStep, Access.Marketing, StepHandlers.Skip)
        {
            Summary = "Ends a step for good: no fact brings it back.",
            Accepts = typeof(StepReasonRequest),
            Returns = typeof(StepDetailsResponse),
            Refuses = [409, 410, 422],
        },
        new("postponeStep", HttpMethods.Post, Routes.PostponeStep, Access.Marketing, StepHandlers.Postpone)
        {
            Summary = "Lets a step wait until an instant; the wait counts neither as lateness nor for the maximum hold.",
            Accepts = typeof(PostponeRequest),
            Returns = typeof(StepDetailsResponse),
            Refuses = [409, 410, 422],
        },
        new("sendStep", HttpMethods.Post, Routes.SendStep, Access.Marketing, StepHandlers.Send)
        {
            Summary = "Makes a step due now; for an hour caps, spacing, windows and quiet hours do not hold it. All else still decides.",
            Accepts = typeof(StepReasonRequest),
            Returns = typeof(StepDetailsResponse),
            Refuses = [409, 410, 422],
        },
        new("neverSendFollowUp", HttpMethods.Post, Routes.NeverStep, Access.Marketing, StepHandlers.Never)
        {
            Summary = "Ends the follow-up, with all its steps that are not over, for this customer and this order for good.",
            Accepts = typeof(StepReasonRequest),
            Returns = typeof(StepDetailsResponse),
            Refuses = [409, 410, 422],
        },
        new("listMessages", HttpMethods.Get, Routes.Messages, Access.Read, MessageHandlers.List)
        {
            Summary = "Messages, newest first; ?state= queued, sending, accepted, failed, in-doubt or withdrawn.",
            Returns = typeof(Page<MessageSummaryResponse>),
            Refuses = [400],
        },
        new("getMessage", HttpMethods.Get, Routes.Message, Access.Read, MessageHandlers.Get)
        {
            Summary = "One message as the customer reads it, and all that happened to it.",
            Returns = typeof(MessageDetailsResponse),
        },
        new("settleMessage", HttpMethods.Post, Routes.Settle, Access.Admin, MessageHandlers.Settle)
        {
            Summary = "Says what became of a message in doubt.",
            Accepts = typeof(Settlement),
            Returns = typeof(MessageDetailsResponse),
            Refuses = [409],
        },
        new("askUnsubscribe", HttpMethods.Get, Routes.Unsubscribe, Access.Public, UnsubscribeHandlers.Ask)
        {
            Summary = "The page behind an unsubscribe link; changes nothing.",
            Returns = typeof(string),
            MediaType = "text/html",
            Statuses = [200, 404],
        },
        new("unsubscribe", HttpMethods.Post, Routes.Unsubscribe, Access.Public, UnsubscribeHandlers.Unsubscribe)
        {
            Summary = "Unsubscribes: a mail client's one click (RFC 8058), or the page's button.",
            Returns = typeof(string),
            MediaType = "text/html",
            Statuses = [200, 404],
        },
    ];
}
