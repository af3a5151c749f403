using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AuthSidecar.Administration.Rest;

/// <summary>Completes the OpenAPI document with what routes state of themselves: <see cref="RestRoute"/> and their policy.</summary>
internal static partial class OpenApiDescription
{
    public const string Name = "v1";

    private const string Session = "session";
    private const string Bearer = "bearer";
    private const string ApiKey = "apiKey";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description =>
            description.HttpMethod != HttpMethods.Head && description.ActionDescriptor.EndpointMetadata.OfType<RestRoute>().Any();
        options.AddSchemaTransformer(
            (schema, context, _) =>
            {
                DescribeTime(schema, context.JsonTypeInfo.Type);
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(DescribeAsync);
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                Describe(document);
                return Task.CompletedTask;
            }
        );
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new()
        {
            Title = "AuthSidecar",
            Version = "1",
            Description = "Accounts, keys and usage. Errors are problem details (RFC 9457) with a stable `error`.",
        };
        document.Servers = [new() { Url = "/" }];
        document.Tags = null;
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Session] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Cookie,
                Name = "__Host-authsidecar-session",
                Description = "Session of a browser; unsafe methods also need `X-CSRF-Token`.",
            },
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
            [ApiKey] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = "X-Api-Key",
            },
        };
    }

    // The converter hides the form from the schema.
    private static void DescribeTime(OpenApiSchema schema, Type type)
    {
        if (type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?))
        {
            schema.Type = type == typeof(DateTimeOffset) ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = "date-time";
        }
    }

    private static async Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var route = metadata.OfType<RestRoute>().Last();
        operation.Tags = null;
        operation.OperationId = IdOf(context.Description.HttpMethod!, context.Description.RelativePath!);
        operation.Parameters ??= [];
        AddPathParameters(operation, context.Description.RelativePath!);
        foreach (var parameter in route.Query)
        {
            operation.Parameters.Add(Parameter(parameter));
        }

        AddHeaders(operation, route);
        if (route.Body is { } body)
        {
            var schema = await context.GetOrCreateSchemaAsync(body, null, cancellationToken);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !route.IsBodyOptional,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } },
            };
        }

        if (route.IsCsv && operation.Responses?["200"] is OpenApiResponse { Content: { } content })
        {
            content["text/csv"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        operation.Security = [.. SchemesOf(metadata).Select(scheme => Requirement(scheme, context.Document!))];
    }

    // The framework describes those that the handler binds, not those that it reads from the route's values.
    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        var missing = PathParameter()
            .Matches(path)
            .Select(match => match.Groups[1].Value)
            .Where(name => operation.Parameters!.All(parameter => parameter.Name != name));
        foreach (var name in missing.ToList())
        {
            operation.Parameters!.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = Text(),
                }
            );
        }
    }

    [GeneratedRegex(@"\{\**([a-zA-Z]+)\}")]
    private static partial Regex PathParameter();

    private static void AddHeaders(OpenApiOperation operation, RestRoute route)
    {
        if (route.IsIdempotent)
        {
            AddHeader("Idempotency-Key", "Runs the request once in 24 hours; a repetition gets the answer without its secret.");
        }

        if (route.HasIfMatch)
        {
            AddHeader("If-Match", "Entity tag on which the change is based; otherwise 412.");
        }

        if (operation.Responses is not { } responses)
        {
            return;
        }

        foreach (var (status, response) in responses)
        {
            if (response is OpenApiResponse known)
            {
                known.Description ??= status;
                known.Headers = HeadersOf(status, route);
            }
        }

        void AddHeader(string name, string description) =>
            operation.Parameters!.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Header,
                    Description = description,
                    Schema = Text(),
                }
            );
    }

    private static Dictionary<string, IOpenApiHeader>? HeadersOf(string status, RestRoute route) =>
        status switch
        {
            "200" when route.HasETag => Header("ETag", "Entity tag of the resource."),
            "201" => Header("Location", "Path of the created resource."),
            "401" => Header("WWW-Authenticate", "Accepted schemes."),
            "429" or "503" => Header("Retry-After", "Seconds until a retry."),
            _ => null,
        };

    private static Dictionary<string, IOpenApiHeader> Header(string name, string description) =>
        new()
        {
            [name] = new OpenApiHeader { Description = description, Schema = Text() },
        };

    private static OpenApiParameter Parameter(RestParameter parameter) =>
        new()
        {
            Name = parameter.Name,
            In = ParameterLocation.Query,
            Description = parameter.Description,
            Schema = parameter.Range is { } range
                ? new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Minimum = range.Least.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    Maximum = range.Most.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    Default = parameter.Usual is { } usual ? JsonValue.Create(usual) : null,
                }
                : new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Enum = parameter.Words is { } words ? [.. words.Select(word => (JsonNode)JsonValue.Create(word))] : null,
                },
        };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static IEnumerable<string> SchemesOf(IEnumerable<object> metadata) =>
        metadata.OfType<IAuthorizeData>().LastOrDefault()?.Policy switch
        {
            ConsolePolicies.Session or ConsolePolicies.AnySession or ConsolePolicies.Sudo or ConsolePolicies.AdminSudo => [Session],
            ConsolePolicies.OwnRead or ConsolePolicies.OwnWrite or ConsolePolicies.OwnDevices or ConsolePolicies.Admin =>
            [
                Session,
                Bearer,
                ApiKey,
            ],
            ConsolePolicies.AnyKey => [Bearer, ApiKey],
            _ => metadata.OfType<NeedsNoCredential>().Any() ? [] : [Bearer, ApiKey],
        };

    private static OpenApiSecurityRequirement Requirement(string scheme, OpenApiDocument document) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };

    // E.g. getApiMeApiKeysId.
    private static string IdOf(string method, string path) =>
        method.ToLowerInvariant()
        + string.Concat(
            path.Split(['/', '-', '{', '}', '.'], StringSplitOptions.RemoveEmptyEntries)
                .Select(part => char.ToUpperInvariant(part[0]) + part[1..])
        );
}

/// <summary>Marks a public route in the OpenAPI document.</summary>
internal sealed record NeedsNoCredential;
