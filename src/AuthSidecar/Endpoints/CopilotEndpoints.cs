using static AuthSidecar.Endpoints.EndpointKind;
using static AuthSidecar.Endpoints.ModelPlace;

namespace AuthSidecar.Endpoints;

/// <summary>GitHub Copilot's API, without or with a version.</summary>
/// <remarks>
/// GitHub publishes no reference of it. What its own clients call: https://github.com/microsoft/vscode-copilot-chat (src/platform/endpoint), read 2026-11-29.
/// </remarks>
internal static class CopilotEndpoints
{
    /// <summary>First segments of paths of which nothing is listed.</summary>
    public static IReadOnlyList<string> Others { get; } = ["agents", "copilot_internal", "search", "skills", "threads", "token", "telemetry", "mcp", "user", "users", "repos", "orgs", "enterprises"];

    public static IReadOnlyList<Endpoint> All { get; } =
    [
        new("POST", "/chat/completions", Generates, Body),
        new("POST", "/responses", Generates, Body),
        new("WS", "/responses", Generates, Hidden),
        new("POST", "/embeddings", Generates, Body),
        new("POST", "/v1/messages", Generates, Body),
        new("POST", "/v1/engines/{model}/completions", Generates, ModelPlace.Path),
        new("GET", "/models", ListsModels),
        new("GET", "/models/{model}", ListsModels),
        new("POST", "/v1/messages/count_tokens", CountsTokens),
    ];
}
