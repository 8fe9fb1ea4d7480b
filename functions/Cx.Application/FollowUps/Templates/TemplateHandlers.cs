using System.Globalization;
using Cx.Application.Api;
using Cx.Application.EventStore;
using Cx.Application.FollowUps.Cadences;
using Cx.Domain;
using Cx.Domain.Customers;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.FollowUps.Templates;
using Cx.Domain.Shops;
using Microsoft.AspNetCore.Mvc;

namespace Cx.Application.FollowUps.Templates;

/// <summary>The three parts of a template, in Handlebars.</summary>
public sealed record TemplateRequest(string? Subject, string? Text, string? Html);

/// <summary>A template of one language, in a list.</summary>
/// <param name="Own">Whether the shop's own; else it is shipped.</param>
/// <param name="Version">Of the shop's own; 0: it is shipped.</param>
public sealed record TemplateLanguageResponse(string Language, bool Own, int Version);

/// <summary>A template in a list.</summary>
/// <param name="UsedBy">The steps that send it, of the cadences in force and of drafts.</param>
public sealed record TemplateSummaryResponse(string Name, IReadOnlyList<TemplateLanguageResponse> Languages, IReadOnlyList<TemplateUse> UsedBy);

/// <summary>A template in one language.</summary>
/// <param name="Versions">Those that the shop saved, in order; the shipped one has no entry.</param>
public sealed record TemplateResponse(
    string Name, string Language, bool Own, int Version, string Subject, string Text, string Html, IReadOnlyList<SavedTemplate> Versions, IReadOnlyList<TemplateUse> UsedBy);

/// <summary>A template as it was saved.</summary>
/// <param name="Warnings">What can be saved, and may still not be meant.</param>
public sealed record TemplateSavedResponse(string Name, string Language, int Version, IReadOnlyList<FieldError> Warnings);

/// <summary>What is to be shown.</summary>
/// <param name="Customer">Whose latest order it is about; none: an invented one.</param>
/// <param name="Sample">True: an invented message; only without a customer.</param>
/// <param name="Language">None: the customer's, else the shop's first.</param>
/// <param name="Draft">What is not saved yet; none: the template as it is.</param>
public sealed record PreviewRequest(string? Customer = null, bool? Sample = null, string? Language = null, TemplateRequest? Draft = null);

/// <summary>A message as it would be read.</summary>
/// <param name="Version">Of the shop's own template; 0: the shipped one, or a draft.</param>
public sealed record PreviewResponse(string Subject, string Text, string Html, string Language, int Version, IReadOnlyList<FieldError> Warnings);

/// <summary>What messages say, in the shop's own words.</summary>
public static class TemplateHandlers
{
    /// <summary>Names and languages together, of one shop.</summary>
    private const int MostTemplates = 500;

    public static async Task<Page<TemplateSummaryResponse>> List(
        string shop, [FromServices] ShopDirectory shops, [FromServices] TemplateDirectory templates, [FromServices] TemplateRenderer renderer, [FromServices] CadenceDirectory cadences,
        CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var uses = TemplateUses.Of(facts, await cadences.List(facts, ct));
        var own = (await templates.List(facts.Id, ct)).Where(t => t.Number > 0).Select(t => (t.Name, Response: new TemplateLanguageResponse(t.Language, Own: true, t.Number)));
        var shipped = renderer.Sources.Templates.Select(t => (t.Name, Response: new TemplateLanguageResponse(t.Language, Own: false, 0)));
        return new([.. own.Concat(shipped).GroupBy(t => t.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new TemplateSummaryResponse(
            g.Key, [.. g.Select(t => t.Response).DistinctBy(l => l.Language).OrderBy(l => l.Language, StringComparer.Ordinal)], [.. uses[g.Key]]))], null);
    }

    public static async Task<TemplateResponse> Get(
        string shop, string name, string language, HttpResponse response, [FromServices] ShopDirectory shops, [FromServices] TemplateDirectory templates,
        [FromServices] TemplateRenderer renderer, [FromServices] CadenceDirectory cadences, CancellationToken ct)
    {
        var tag = TemplateNames.Checked(name, language);
        var facts = await shops.Known(shop, ct);
        var own = await templates.Find(facts.Id, name, tag, ct);
        var text = own?.Text ?? renderer.Sources.Find(name, tag) ?? throw Unknown(name, tag);
        response.WriteETag(own?.Version ?? 0);
        return new(
            name, tag, own?.Text is not null, own?.Number ?? 0, text.Subject, text.Text, text.Html, own?.Versions ?? [], [.. TemplateUses.Of(facts, await cadences.List(facts, ct))[name]]);
    }

    public static async Task<TemplateRequest> GetVersion(
        string shop, string name, string language, int version, [FromServices] ShopDirectory shops, [FromServices] TemplateDirectory templates, CancellationToken ct)
    {
        var tag = TemplateNames.Checked(name, language);
        return await templates.FindVersion((await shops.Known(shop, ct)).Id, name, tag, version, ct) is { } text
            ? new(text.Subject, text.Text, text.Html)
            : throw new ApiProblem(StatusCodes.Status404NotFound, "unknown-version", $"The template '{name}' has no version {version} in '{tag}'.");
    }

    public static async Task<TemplateSavedResponse> Put(
        string shop, string name, string language, [FromBody] TemplateRequest body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] TemplateDirectory templates,
        [FromServices] TemplateRenderer renderer, [FromServices] CadenceDirectory cadences, CancellationToken ct)
    {
        var tag = TemplateNames.Checked(name, language);
        var facts = await shops.Known(shop, ct);
        var known = await templates.List(facts.Id, ct);
        var check = Check(renderer.Sources, facts, name, tag, body, known, await cadences.List(facts, ct));
        if (known.Count >= MostTemplates && !known.Any(t => t.Name == name && t.Language == tag))
        {
            throw new RuleBrokenException("too-many-templates", $"A shop has at most {MostTemplates} templates, each language counted.");
        }

        var isShipped = renderer.Sources.Find(name, tag) is not null;
        var saved = await templates.Change(facts.Id, name, tag, (template, at) =>
        {
            context.Request.CheckMatch(template?.Version ?? (isShipped ? 0 : null));
            return MessageTemplate.Save(template, name, tag, new(body.Subject!, body.Text!, body.Html!), context.Caller().Key, at);
        }, context.Audit(AuditAction.TemplateSaved), ct);
        context.Response.WriteETag(saved!.Version);
        return new(name, tag, saved.Number, [.. check.Warnings.Select(Error)]);
    }

    public static async Task<IResult> Delete(
        string shop, string name, string language, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] TemplateDirectory templates,
        [FromServices] TemplateRenderer renderer, [FromServices] CadenceDirectory cadences, CancellationToken ct)
    {
        var tag = TemplateNames.Checked(name, language);
        var facts = await shops.Known(shop, ct);
        var others = (await templates.List(facts.Id, ct)).Where(t => t.Number > 0 && t.Name == name && t.Language != tag).Select(t => t.Language).ToHashSet(StringComparer.Ordinal);
        var isServed = TemplateRenderer.Languages(null, facts.Languages[0]).Any(l => others.Contains(l) || renderer.Sources.Find(name, l) is not null);
        if (!isServed && TemplateUses.Of(facts, await cadences.List(facts, ct))[name].FirstOrDefault() is { } use)
        {
            throw new RuleBrokenException("template-in-use", $"The step '{use.Step}' of the cadence '{use.Cadence}' sends it, and no text would be left in '{facts.Languages[0]}', the shop's first language.");
        }

        await templates.Change(facts.Id, name, tag, (template, at) =>
        {
            _ = template is { Number: > 0 } ? template : throw Unknown(name, tag);
            context.Request.CheckMatch(template.Version);
            return MessageTemplate.Remove(template, context.Caller().Key, at);
        }, context.Audit(AuditAction.TemplateRemoved), ct);
        return Results.NoContent();
    }

    public static async Task<PreviewResponse> Preview(
        string shop, string name, [FromBody] PreviewRequest body, HttpContext context, [FromServices] ShopDirectory shops, [FromServices] TemplateDirectory templates,
        [FromServices] TemplateRenderer renderer, [FromServices] CadenceDirectory cadences, [FromServices] TemplatePreview preview, [FromServices] ICustomerReader customers,
        CancellationToken ct)
    {
        var facts = await shops.Known(shop, ct);
        var asked = TemplateNames.Checked(name, body.Language ?? facts.Languages[0]);
        if (body is { Customer: not null, Sample: true })
        {
            throw new ApiProblem(StatusCodes.Status422UnprocessableEntity, "invalid-preview", "A preview shows a customer or a sample.", [new("/sample", "is true beside a customer", "one of the two")]);
        }

        var known = await cadences.List(facts, ct);
        IReadOnlyList<TemplateIssue> warnings = [];
        TemplateText? draft = null;
        if (body.Draft is { } given)
        {
            warnings = Check(renderer.Sources, facts, name, asked, given, await templates.List(facts.Id, ct), known, at: "/draft").Warnings;
            draft = new(given.Subject!, given.Text!, given.Html!);
        }

        using var customer = body.Customer is { } id ? await Opened(context, facts, id, customers, ct) : null;
        var isTransactional = TemplateUses.Of(facts, known)[name].ToList() is { Count: > 0 } uses && uses.TrueForAll(u => u.Category == Category.Transactional);
        var rendered = await preview.Render(facts, name, body.Language is null && customer is not null && draft is null ? null : asked, customer, draft, isTransactional ? null : SampleMessage.UnsubscribeUrl, ct);
        return new(rendered.Subject, rendered.Text, rendered.Html, rendered.Language, rendered.Number, [.. warnings.Select(Error)]);
    }

    public static TemplateFieldsResponse Fields([FromServices] TemplateRenderer renderer) =>
        new(TemplateFields.All, TemplateHelpers.All, renderer.Sources.Partials, TemplateFields.PartialOptions);

    internal static ApiProblem Unknown(string name, string? language = null) => new(
        StatusCodes.Status404NotFound, "unknown-template", language is null ? $"There is no template '{name}'." : $"There is no template '{name}' in '{language}'.");

    // Nothing of it is stored, but that its values were shown is written down.
    private static async Task<OpenCustomer> Opened(HttpContext context, ShopFacts facts, string id, ICustomerReader customers, CancellationToken ct)
    {
        var open = await customers.Open(facts.Id, new(id), StateQuery.Everything, ct) ?? throw new UnknownCustomerException(facts.Id, new(id));
        try
        {
            _ = open.Customer.IsErased ? throw Problems.Erased() : open;
            context.CheckShown(open.Customer);
            await context.RecordRead(facts.Id, open.Customer.Id, AuditAction.Opened, ct);
            return open;
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    /// <exception cref="ApiProblem">422 with everything that is wrong.</exception>
    private static TemplateCheck Check(
        TemplateSources sources, ShopFacts facts, string name, string language, TemplateRequest body, IReadOnlyList<MessageTemplate> own, IReadOnlyList<Cadence> cadences, string at = "")
    {
        var languages = own.Where(t => t.Number > 0 && t.Name == name).Select(t => t.Language).Concat(sources.Templates.Where(t => t.Name == name).Select(t => t.Language)).Append(language).ToHashSet(StringComparer.Ordinal);
        var check = TemplateLint.Check(sources, new(facts, name, language, [.. TemplateUses.Of(facts, cadences)[name]], languages), body.Subject, body.Text, body.Html);
        return check.Errors.Count == 0 ? check : throw new ApiProblem(
            StatusCodes.Status422UnprocessableEntity, "invalid-template", string.Create(CultureInfo.InvariantCulture, $"The template is not valid: {check.Errors.Count} errors, each with its place."),
            [.. check.Errors.Select(e => Error(e with { Pointer = at + e.Pointer }))], [.. check.Warnings.Select(e => Error(e with { Pointer = at + e.Pointer }))]);
    }

    private static FieldError Error(TemplateIssue issue) => new(issue.Pointer, issue.Message, issue.Hint.Length == 0 ? null : issue.Hint) { Line = issue.Line, Column = issue.Column };
}
