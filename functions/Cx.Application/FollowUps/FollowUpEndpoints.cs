using Cx.Application.Api;
using Cx.Application.FollowUps.Explanations;
using Cx.Application.FollowUps.Outbox;
using Cx.Application.FollowUps.Unsubscribing;

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
        new("explainStep", HttpMethods.Get, Routes.Why, Access.Read, FollowUpQueries.Why)
        {
            Summary = "Why a step was sent, held or skipped: the chain from the delivery to every policy check.",
            Returns = typeof(StepExplanationResponse),
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
