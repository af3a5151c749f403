using static AuthSidecar.Decisions.Providers.EndpointKind;
using static AuthSidecar.Decisions.Providers.ModelLocation;

namespace AuthSidecar.Decisions.Providers;

/// <summary>GitHub Copilot's API, with or without a version.</summary>
/// <remarks>
/// GitHub publishes no reference. Source: the paths that its own clients call, in the npm package @vscode/copilot-api 0.5.2. Added:
/// <c>count_tokens</c>, which belongs to messages, and single models.
/// </remarks>
internal static class CopilotEndpoints
{
    /// <summary>Collections without a listed endpoint.</summary>
    public static IReadOnlyList<string> Others { get; } =
    [
        "agents",
        "copilot_internal",
        "search",
        "chunks",
        "jobs",
        "skills",
        "threads",
        "token",
        "telemetry",
        "mcp",
        "user",
        "users",
        "repos",
        "orgs",
        "enterprises",
    ];

    public static IReadOnlyList<ProviderEndpoint> All { get; } =
    [
        new("POST", "/chat/completions", Generates, Body),
        new("POST", "/responses", Generates, Body),
        new(ProviderEndpoint.WebSocket, "/responses", Generates, Hidden),
        new("POST", "/embeddings", Generates, Body),
        new("POST", "/v1/messages", Generates, Body),
        new("POST", "/v1/engines/{model}/completions", Generates, ModelLocation.Path),
        new("GET", "/models", ListsModels),
        new("GET", "/models/{model}", ListsModels),
        new("POST", "/v1/messages/count_tokens", CountsTokens),
    ];
}
