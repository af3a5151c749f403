using static AuthSidecar.Decisions.Providers.EndpointKind;
using static AuthSidecar.Decisions.Providers.ModelLocation;

namespace AuthSidecar.Decisions.Providers;

/// <summary>OpenAI's API, with <c>rerank</c> and <c>models/{owner}/{model}</c> of compatible providers.</summary>
/// <remarks>
/// Source: https://github.com/openai/openai-python, <c>api.md</c>, and the files of that name for responses, realtime and conversations
/// below <c>src/openai/resources</c>. Added: the WebSockets and the paths of compatible providers. Omitted, so that only an explicit entry
/// of a policy allows them: <c>realtime/client_secrets</c>, <c>realtime/translations/client_secrets</c>, <c>realtime/sessions</c>,
/// <c>realtime/transcription_sessions</c> and <c>chatkit/sessions</c> issue a credential of the provider, and <c>realtime/calls</c> routes
/// the media around the gateway.
/// </remarks>
internal static class OpenAiEndpoints
{
    /// <summary>Collections without a listed endpoint.</summary>
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

    /// <summary>Endpoints that all OpenAI-compatible APIs share.</summary>
    public static IReadOnlyList<ProviderEndpoint> Core { get; } =
    [
        new("POST", "/v1/chat/completions", Generates, Body),
        new("POST", "/v1/responses", Generates, Body),
        new(ProviderEndpoint.WebSocket, "/v1/responses", Generates, Hidden),
        new("POST", "/v1/responses/compact", Generates, Body),
        new("POST", "/v1/completions", Generates, Body),
        new("POST", "/v1/embeddings", Generates, Body),
        new("POST", "/v1/moderations", Moderates, Body),
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
        // A step's usage is a part of its run's.
        new("GET", "/v1/threads/{thread}/runs/{run}/steps", Bookkeeping),
        new("GET", "/v1/threads/{thread}/runs/{run}/steps/{step}", Bookkeeping),
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
        new("POST", "/v1/evals", Bookkeeping),
        new("POST", "/v1/evals/{eval}", Bookkeeping),
        new("POST", "/v1/fine_tuning/jobs/{job}/cancel", Bookkeeping),
        new("POST", "/v1/fine_tuning/jobs/{job}/pause", Bookkeeping),
        new("POST", "/v1/files", Bookkeeping),
        new("POST", "/v1/uploads", Bookkeeping),
        new("POST", "/v1/uploads/{upload}/parts", Bookkeeping),
        new("POST", "/v1/uploads/{upload}/complete", Bookkeeping),
        new("POST", "/v1/uploads/{upload}/cancel", Bookkeeping),
        new("POST", "/v1/vector_stores", Bookkeeping),
        new("POST", "/v1/vector_stores/{store}", Bookkeeping),
        new("POST", "/v1/vector_stores/{store}/search", Bookkeeping),
        new("POST", "/v1/vector_stores/{store}/files", Bookkeeping),
        new("POST", "/v1/vector_stores/{store}/files/{file}", Bookkeeping),
        new("POST", "/v1/vector_stores/{store}/file_batches", Bookkeeping),
        new("POST", "/v1/vector_stores/{store}/file_batches/{batch}/cancel", Bookkeeping),
        new("POST", "/v1/containers/{container}/files", Bookkeeping),
        new("POST", "/v1/conversations", Bookkeeping),
        new("POST", "/v1/conversations/{conversation}", Bookkeeping),
        new("POST", "/v1/conversations/{conversation}/items", Bookkeeping),
        new("POST", "/v1/assistants", Bookkeeping, Body),
        new("POST", "/v1/assistants/{assistant}", Bookkeeping, Hidden),
        new("POST", "/v1/threads", Bookkeeping),
        new("POST", "/v1/threads/{thread}", Bookkeeping),
        new("POST", "/v1/threads/{thread}/messages", Bookkeeping),
        new("POST", "/v1/threads/{thread}/messages/{message}", Bookkeeping),
        new("*", "/v1/organization/{**rest}", Bookkeeping),
    ];
}
