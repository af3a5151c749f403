using static AuthSidecar.Decisions.Providers.EndpointKind;
using static AuthSidecar.Decisions.Providers.ModelLocation;

namespace AuthSidecar.Decisions.Providers;

/// <summary>OpenAI's API, and of those that speak it also the ranking of documents and models whose names have an owner.</summary>
/// <remarks>
/// Compared with https://github.com/openai/openai-python: <c>api.md</c>, and of the same name for responses, realtime and conversations
/// below <c>src/openai/resources</c>.
/// Not in there: the WebSockets, and <c>rerank</c> and <c>models/{owner}/{model}</c>, which others have. Left out, so that they do not pass
/// unless a policy says so:
/// <c>realtime/client_secrets</c>, <c>realtime/translations/client_secrets</c>, <c>realtime/sessions</c>,
/// <c>realtime/transcription_sessions</c> and <c>chatkit/sessions</c>
/// hand out a credential of the provider, <c>realtime/calls</c> leads the media past the gateway.
/// </remarks>
internal static class OpenAiEndpoints
{
    /// <summary>First segments of paths of which nothing is listed.</summary>
    public static IReadOnlyList<string> Others { get; } =
    [
        "fine-tunes",
        "projects",
        "engines",
        "edits",
        "skills",
        "chatkit",
        "usage",
        "dashboard",
        "admin",
        "organizations",
        "webhook_endpoints",
    ];

    /// <summary>What every API of this kind has in common.</summary>
    public static IReadOnlyList<ProviderEndpoint> Core { get; } =
    [
        new("POST", "/v1/chat/completions", Generates, Body),
        new("POST", "/v1/responses", Generates, Body),
        new(ProviderEndpoint.WebSocket, "/v1/responses", Generates, Hidden),
        new("POST", "/v1/responses/compact", Generates, Body),
        new("POST", "/v1/completions", Generates, Body),
        new("POST", "/v1/embeddings", Generates, Body),
        new("POST", "/v1/moderations", Generates, Body),
        new("POST", "/v1/images/generations", Generates, Body),
        new("POST", "/v1/images/edits", Generates, Body),
        new("POST", "/v1/images/variations", Generates, Body),
        new("POST", "/v1/audio/speech", Generates, Body),
        new("POST", "/v1/audio/transcriptions", Generates, Body),
        new("POST", "/v1/audio/translations", Generates, Body),
        new("POST", "/v1/videos", Generates, Body),
        new("POST", "/v1/videos/edits", Generates, Hidden),
        new("POST", "/v1/videos/extensions", Generates, Hidden),
        new("POST", "/v1/videos/{id}/remix", Generates, Hidden),
        new("POST", "/v1/rerank", Generates, Body),
        new(ProviderEndpoint.WebSocket, "/v1/realtime", Generates, Query),
        new("GET", "/v1/models", ListsModels),
        new("GET", "/v1/models/{model}", ListsModels),
        new("GET", "/v1/models/{owner}/{model}", ListsModels),
        new("POST", "/v1/responses/input_tokens", CountsTokens),
    ];

    public static IReadOnlyList<ProviderEndpoint> All { get; } =
    [
        .. Core,
        new("GET", "/v1/responses/{id}", ReadsResult),
        new("POST", "/v1/responses/{id}/cancel", ReadsResult),
        new("GET", "/v1/chat/completions", ReadsResult),
        new("GET", "/v1/chat/completions/{id}", ReadsResult),
        new("POST", "/v1/chat/completions/{id}", ReadsResult),
        new("GET", "/v1/videos", ReadsResult),
        new("GET", "/v1/videos/{id}", ReadsResult),
        new("GET", "/v1/batches", ReadsResult),
        new("GET", "/v1/batches/{id}", ReadsResult),
        new("POST", "/v1/batches/{id}/cancel", ReadsResult),
        new("GET", "/v1/threads/{thread}/runs", ReadsResult),
        new("GET", "/v1/threads/{thread}/runs/{run}", ReadsResult),
        new("POST", "/v1/threads/{thread}/runs/{run}", ReadsResult),
        new("POST", "/v1/threads/{thread}/runs/{run}/cancel", ReadsResult),
        new("GET", "/v1/threads/{thread}/runs/{run}/steps", ReadsResult),
        new("GET", "/v1/threads/{thread}/runs/{run}/steps/{step}", ReadsResult),
        new("GET", "/v1/evals/{eval}/runs/{run}", ReadsResult),
        new("POST", "/v1/evals/{eval}/runs/{run}", ReadsResult),
        new("POST", "/v1/batches", Generates, Hidden, CostsLater: true),
        new("POST", "/v1/threads/runs", Generates, Body, CostsLater: true),
        new("POST", "/v1/threads/{thread}/runs", Generates, Body, CostsLater: true),
        new("POST", "/v1/threads/{thread}/runs/{run}/submit_tool_outputs", Generates, Hidden, CostsLater: true),
        new("POST", "/v1/evals/{eval}/runs", Generates, Hidden, CostsLater: true),
        new("POST", "/v1/fine_tuning/jobs", Generates, Body, CostsLater: true),
        new("POST", "/v1/fine_tuning/jobs/{job}/resume", Generates, Hidden, CostsLater: true),
        new("POST", "/v1/containers", Generates, CostsLater: true),
        new("POST", "/v1/evals", Keeps),
        new("POST", "/v1/evals/{eval}", Keeps),
        new("POST", "/v1/fine_tuning/jobs/{job}/cancel", Keeps),
        new("POST", "/v1/fine_tuning/jobs/{job}/pause", Keeps),
        new("POST", "/v1/files", Keeps),
        new("POST", "/v1/uploads", Keeps),
        new("POST", "/v1/uploads/{upload}/parts", Keeps),
        new("POST", "/v1/uploads/{upload}/complete", Keeps),
        new("POST", "/v1/uploads/{upload}/cancel", Keeps),
        new("POST", "/v1/vector_stores", Keeps),
        new("POST", "/v1/vector_stores/{store}", Keeps),
        new("POST", "/v1/vector_stores/{store}/search", Keeps),
        new("POST", "/v1/vector_stores/{store}/files", Keeps),
        new("POST", "/v1/vector_stores/{store}/files/{file}", Keeps),
        new("POST", "/v1/vector_stores/{store}/file_batches", Keeps),
        new("POST", "/v1/vector_stores/{store}/file_batches/{batch}/cancel", Keeps),
        new("POST", "/v1/containers/{container}/files", Keeps),
        new("POST", "/v1/conversations", Keeps),
        new("POST", "/v1/conversations/{conversation}", Keeps),
        new("POST", "/v1/conversations/{conversation}/items", Keeps),
        new("POST", "/v1/assistants", Keeps, Body),
        new("POST", "/v1/assistants/{assistant}", Keeps, Hidden),
        new("POST", "/v1/threads", Keeps),
        new("POST", "/v1/threads/{thread}", Keeps),
        new("POST", "/v1/threads/{thread}/messages", Keeps),
        new("POST", "/v1/threads/{thread}/messages/{message}", Keeps),
        new("*", "/v1/organization/{**rest}", Keeps),
    ];
}
