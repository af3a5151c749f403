using static AuthSidecar.Decisions.Providers.EndpointKind;
using static AuthSidecar.Decisions.Providers.ModelLocation;

namespace AuthSidecar.Decisions.Providers;

/// <summary>Anthropic's API.</summary>
/// <remarks>
/// Source: <c>api.md</c> of https://github.com/anthropics/anthropic-sdk-python. Added: <c>complete</c>, the predecessor of messages, and
/// <c>chat/completions</c> of https://docs.anthropic.com/en/api/openai-sdk. Sessions, deployments and dreams run agents; they are not
/// listed and therefore treated as possibly generating.
/// </remarks>
internal static class AnthropicEndpoints
{
    /// <summary>Collections without a listed endpoint.</summary>
    public static IReadOnlyList<string> Others { get; } =
    [
        "experimental",
        "agents",
        "sessions",
        "environments",
        "deployments",
        "deployment_runs",
        "vaults",
        "memory_stores",
        "skills",
        "user_profiles",
        "dreams",
        "tunnels",
        "usage",
        "users",
        "workspaces",
        "oauth",
    ];

    public static IReadOnlyList<ProviderEndpoint> Core { get; } =
    [new("POST", "/v1/messages", Generates, Body), new("POST", "/v1/messages/count_tokens", CountsTokens)];

    public static IReadOnlyList<ProviderEndpoint> All { get; } =
    [
        .. Core,
        new("POST", "/v1/complete", Generates, Body),
        new("POST", "/v1/chat/completions", Generates, Body),
        new("GET", "/v1/models", ListsModels),
        new("GET", "/v1/models/{model}", ListsModels),
        new("GET", "/v1/messages/batches", ReadsResult),
        new("GET", "/v1/messages/batches/{batch}", ReadsResult),
        new("GET", "/v1/messages/batches/{batch}/results", ReadsResult),
        new("POST", "/v1/messages/batches/{batch}/cancel", ReadsResult),
        new("POST", "/v1/messages/batches", Generates, Hidden, CostsLater: true),
        new("POST", "/v1/files", Bookkeeping),
        new("*", "/v1/organizations/{**rest}", Bookkeeping),
    ];
}
