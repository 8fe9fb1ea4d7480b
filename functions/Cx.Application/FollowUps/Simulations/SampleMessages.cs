using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Outbox;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Simulating;

namespace Cx.Application.FollowUps.Simulations;

/// <summary>
/// Writes the examples of a simulation when they are read: a text about a person is kept nowhere. Whose data they show is written down as for any other reading.
/// </summary>
public sealed class SampleMessages(ICustomerReader customers, CustomerDirectory directory, MessageComposer composer)
{
    /// <summary>Without those of customers who were erased since, or whom the caller may not see.</summary>
    public async Task<IReadOnlyList<SampleMessageResponse>> Write(HttpContext context, ShopId shop, IReadOnlyList<SimulatedMessage> messages, CancellationToken ct)
    {
        var written = new List<SampleMessageResponse>();
        foreach (var message in messages)
        {
            using var open = await customers.Open(shop, message.Customer, StateQuery.Everything, ct);
            if (open is null or { Customer.IsErased: true } || (open.Customer.IsRestricted && !context.Caller().IsAdmin))
            {
                continue;
            }

            await context.RecordRead(shop, open.Customer.Id, AuditAction.Opened, ct);
            var then = await directory.Past(shop, open.Customer, new(message.SentAt, null), ct);
            written.Add(await Write(open.With(CustomerFold.Evolve(then, [message.Started, message.Queued])), message, ct));
        }

        return written;
    }

    private async Task<SampleMessageResponse> Write(OpenCustomer to, SimulatedMessage message, CancellationToken ct)
    {
        var (queued, at) = (message.Queued, message.SentAt);
        try
        {
            var composed = await composer.Compose(to, queued.Message, ct);
            return new(message.Customer, at, message.Started.Cadence, queued.Step, queued.Language, composed.Subject, composed.Text, composed.Html, null);
        }
        catch (MessageNotComposableException e)
        {
            return new(message.Customer, at, message.Started.Cadence, queued.Step, null, null, null, null, e.Message);
        }
    }
}
