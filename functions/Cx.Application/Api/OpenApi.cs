using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cx.Domain;
using Cx.Domain.FollowUps.Cadences;
using Cx.Domain.Shops;
using Cx.Domain.Touchpoints;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Cx.Application.Api;

/// <summary>
/// The API description. The framework derives it from handlers and types; what our converters write, and what an
/// <see cref="Endpoint"/> declares besides its handler, is added here.
/// </summary>
internal static class OpenApi
{
    private const string Bearer = "bearer";

    private const string Amount = @"^-?\d+(\.\d+)?$";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.CreateSchemaReferenceId = type => IsInline(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        options.AddSchemaTransformer(Describe);
        options.AddOperationTransformer(Describe);
        options.AddDocumentTransformer(Describe);
    });

    /// <summary>Adds an endpoint's answers to what the framework knows of it.</summary>
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder mapped, Endpoint endpoint)
    {
        mapped.WithName(endpoint.Name).WithSummary(endpoint.Summary).WithMetadata(endpoint);
        foreach (var status in endpoint.Statuses)
        {
            _ = endpoint.Returns is { } type ? mapped.Produces(status, type, endpoint.MediaType) : mapped.Produces(status);
        }

        foreach (var status in endpoint.Refusals())
        {
            mapped.Produces<Problem>(status, Problems.MediaType);
        }

        return mapped;
    }

    /// <summary>The description as a page to read: options that load from elsewhere are off, and the browser is told to refuse it.</summary>
    public static void MapApiReference(this IEndpointRouteBuilder routes) => routes
        .MapScalarApiReference("/" + Routes.Docs, (options, context) =>
        {
            var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                + "font-src 'self' data:; object-src 'none'; base-uri 'self'";
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.WithTitle("Cx.Serverless").WithNonce(nonce)
                .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideClientButton();
        });

    // The JSON that our converters write is unknown to the framework, which describes it as anything.
    private static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        var orNull = type == context.JsonTypeInfo.Type ? default : JsonSchemaType.Null;
        if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
            var values = Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(value => Enum.ToObject(type, value));
            schema.Enum = [.. values.Select(value => JsonSerializer.SerializeToNode(value, type, ApiJson.Options)!)];
        }
        else if (type == typeof(DateTimeOffset))
        {
            (schema.Type, schema.Format) = (JsonSchemaType.String | orNull, "date-time");
        }
        else if (type == typeof(TimeSpan) || type == typeof(Delay))
        {
            (schema.Type, schema.Format) = (JsonSchemaType.String | orNull, "duration");
        }
        else if (type == typeof(TimeOnly))
        {
            // The format "time" would ask for an offset from UTC.
            (schema.Type, schema.Format) = (JsonSchemaType.String | orNull, null);
            schema.Pattern = @"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$";
        }
        else if (type == typeof(decimal))
        {
            (schema.Type, schema.Pattern) = (JsonSchemaType.String | orNull, Amount);
        }
        else if (IsId(type))
        {
            schema.Type = JsonSchemaType.String | orNull;
        }
        else if (type == typeof(Money))
        {
            Object(schema, ("amount", new() { Type = JsonSchemaType.String, Pattern = Amount }), ("currency", Text()));
            schema.Required = new HashSet<string> { "amount", "currency" };
        }
        else if (type == typeof(BusinessHours))
        {
            var openings = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() };
            var day = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date" };
            Object(
                schema,
                ("week", new()
                {
                    Type = JsonSchemaType.Object,
                    AdditionalProperties = openings,
                    Description = """{"monday": ["09:00-13:00", "14:00-18:00"]}; a weekday left out is closed.""",
                }),
                ("holidays", new() { Type = JsonSchemaType.Array, Items = day }));
        }

        return Task.CompletedTask;
    }

    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var endpoint = context.Description.ActionDescriptor.EndpointMetadata.OfType<Endpoint>().Single();
        operation.Parameters ??= [];
        foreach (var (name, required, description) in endpoint.Headers)
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Header,
                Required = required,
                Description = description,
                Schema = Text(),
            });
        }

        if (endpoint.Access is not Access.Public)
        {
            operation.Description = $"Needs a key with the scope '{JsonNaming.Kebab(endpoint.Access)}', or the installation's own.";
            operation.Security = [new() { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        }

        return DescribeBody(operation, endpoint, context, ct);
    }

    private static async Task DescribeBody(
        OpenApiOperation operation, Endpoint endpoint, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        if (endpoint.AcceptsSchema is { } address)
        {
            var list = new OpenApiSchema { Type = JsonSchemaType.Array, Items = External(address) };
            operation.RequestBody = Body(endpoint.AcceptsList ? new OpenApiSchema { AnyOf = [External(address), list] } : External(address));
        }
        else if (endpoint.Accepts is { } type && !context.Description.ParameterDescriptions.Any(p => p.Type == type))
        {
            var schema = await context.GetOrCreateSchemaAsync(type, null, ct);
            var isComponent = !IsInline(type) && context.Document!.AddComponent(type.Name, schema);
            operation.RequestBody = Body(isComponent ? new OpenApiSchemaReference(type.Name, context.Document) : schema);
        }
    }

    private static OpenApiRequestBody Body(IOpenApiSchema schema) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } },
    };

    // The library's own references lead into components of OpenAPI documents only.
    private static OpenApiSchema External(string address) =>
        new() { Extensions = new Dictionary<string, IOpenApiExtension> { ["$ref"] = new JsonNodeExtension(address) } };

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new()
        {
            Title = "Cx.Serverless",
            Version = "v1",
            Description = "Contacts, experience and follow-ups of a web shop's customers.",
        };
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "A key of the shop, or the installation's own.",
            },
        };
        foreach (var operation in document.Paths.Values.SelectMany(path => path.Operations ?? []))
        {
            RefuseNulls(operation.Value.RequestBody?.Content?.Values.FirstOrDefault()?.Schema);
        }

        return Task.CompletedTask;
    }

    // Required fields of requests are nullable in our types, so that we and not the JSON reader report what is missing; null is refused.
    private static void RefuseNulls(IOpenApiSchema? body)
    {
        var schema = body is OpenApiSchemaReference reference ? reference.RecursiveTarget : body as OpenApiSchema;
        foreach (var name in schema?.Required ?? new HashSet<string>())
        {
            var property = schema!.Properties![name];
            if (property is OpenApiSchema { OneOf: { } choices } && choices.FirstOrDefault(c => c.Type is not JsonSchemaType.Null) is { } only)
            {
                schema.Properties[name] = only;
            }
            else if (property is OpenApiSchema { Type: { } type } direct)
            {
                direct.Type = type & ~JsonSchemaType.Null;
            }
        }
    }

    private static void Object(OpenApiSchema schema, params ReadOnlySpan<(string Name, OpenApiSchema Schema)> properties)
    {
        schema.Type = JsonSchemaType.Object;
        schema.Properties = new Dictionary<string, IOpenApiSchema>();
        foreach (var (name, property) in properties)
        {
            schema.Properties.Add(name, property);
        }
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static bool IsId(Type type) =>
        Array.Exists(type.GetInterfaces(), i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IId<>));

    private static bool IsInline(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var of && (of == typeof(JsonElement) || IsId(of));
}
