using static AuthSidecar.Decisions.Providers.EndpointKind;
using static AuthSidecar.Decisions.Providers.ModelLocation;

namespace AuthSidecar.Decisions.Providers;

/// <summary>Google's Gemini API, the same models on Vertex AI, and the OpenAI-compatible paths of both.</summary>
/// <remarks>
/// Sources: https://github.com/googleapis/googleapis, the services of <c>google/ai/generativelanguage/v1beta</c> (generative, prediction,
/// text, and the operations of <c>generativelanguage_v1beta.yaml</c>) and <c>google/cloud/aiplatform/v1/prediction_service.proto</c>; and a
/// copy of https://ai.google.dev/api/all-methods. Added: <c>interactions</c>, <c>generateMessage</c>, batches of tuned models, OpenAI's
/// paths (https://ai.google.dev/gemini-api/docs/openai), and Vertex's counting, <c>embedContent</c>, <c>generateContent</c>,
/// <c>streamRawPredict</c> and paths without a project. Omitted: <c>auth_tokens</c>, which issues a credential of the provider.
/// </remarks>
internal static class GeminiEndpoints
{
    private const string Vertex = "/v1/projects/{project}/locations/{location}";
    private const string LiveService = "/ws/google.ai.generativelanguage.";

    private static readonly string[] _generating =
    [
        "generateContent",
        "streamGenerateContent",
        "embedContent",
        "batchEmbedContents",
        "predict",
        "predictLongRunning",
        "generateText",
        "generateMessage",
        "generateAnswer",
        "embedText",
        "batchEmbedText",
    ];

    // Tuned models support neither embedding nor counting.
    private static readonly string[] _tuned = ["generateContent", "streamGenerateContent", "generateText"];
    private static readonly string[] _batches = ["batchGenerateContent", "asyncBatchEmbedContent"];
    private static readonly string[] _vertex =
    [
        "generateContent",
        "streamGenerateContent",
        "embedContent",
        "predict",
        "predictLongRunning",
        "rawPredict",
        "streamRawPredict",
        "serverStreamingPredict",
    ];
    private static readonly string[] _counting = ["countTokens", "countTextTokens", "countMessageTokens"];
    private static readonly string[] _vertexCounting = ["countTokens", "computeTokens"];

    /// <summary>Collections without a listed endpoint.</summary>
    public static IReadOnlyList<string> Others { get; } =
    ["corpora", "fileSearchStores", "generatedFiles", "operations", "auth_tokens", "dynamic", "agents", "batch", "media", "$discovery"];

    public static IReadOnlyList<ProviderEndpoint> All { get; } =
    [
        .. Verbs("/v1beta/models/{model}", _generating, Generates),
        .. Verbs("/v1beta/models/{model}", _counting, CountsTokens),
        .. Verbs("/v1beta/tunedModels/{model}", _tuned, Generates),
        new("GET", "/v1beta/models", ListsModels),
        new("GET", "/v1beta/models/{model}", ListsModels),
        new("POST", "/v1beta/interactions", Generates, Body),
        .. Live("v1beta"),
        .. Live("v1alpha"),
        .. Live("v1"),
        new("POST", "/v1beta/openai/chat/completions", Generates, Body),
        new("POST", "/v1beta/openai/embeddings", Generates, Body),
        new("POST", "/v1beta/openai/images/generations", Generates, Body),
        new("POST", "/v1beta/openai/videos", Generates, Body),
        new("GET", "/v1beta/openai/models", ListsModels),
        new("GET", "/v1beta/openai/models/{model}", ListsModels),
        .. Verbs($"{Vertex}/publishers/{{publisher}}/models/{{model}}", _vertex, Generates),
        .. Verbs($"{Vertex}/publishers/{{publisher}}/models/{{model}}", _vertexCounting, CountsTokens),
        .. Verbs($"{Vertex}/endpoints/{{endpoint}}", _vertex, Generates, Hidden),
        .. Verbs($"{Vertex}/endpoints/{{endpoint}}", _vertexCounting, CountsTokens, ModelLocation.None),
        .. Verbs("/v1/publishers/{publisher}/models/{model}", _vertex, Generates),
        .. Verbs("/v1/publishers/{publisher}/models/{model}", _vertexCounting, CountsTokens),
        new("GET", "/v1/publishers/{publisher}/models", ListsModels),
        new("GET", "/v1/publishers/{publisher}/models/{model}", ListsModels),
        new("POST", $"{Vertex}/endpoints/{{endpoint}}/chat/completions", Generates, Body),
        new("GET", "/v1beta/models/{model}/operations/{operation}", ReadsResult),
        new("GET", "/v1beta/batches/{batch}", ReadsResult),
        new("GET", "/v1beta/interactions/{id}", ReadsResult),
        new("POST", "/v1beta/interactions/{id}/cancel", ReadsResult),
        new("GET", "/v1beta/openai/batches/{batch}", ReadsResult),
        new("GET", "/v1beta/openai/videos/{id}", ReadsResult),
        .. Verbs("/v1beta/models/{model}", _batches, Generates, costsLater: true),
        .. Verbs("/v1beta/tunedModels/{model}", _batches, Generates, costsLater: true),
        new("POST", "/v1beta/openai/batches", Generates, Hidden, CostsLater: true),
        new("POST", "/v1beta/tunedModels", Generates, Hidden, CostsLater: true),
        new("POST", "/v1beta/cachedContents", Generates, Body, CostsLater: true),
        .. Verbs("/v1beta/batches/{batch}", ["cancel"], Bookkeeping, ModelLocation.None),
        new("POST", "/v1beta/openai/files", Bookkeeping),
        new("POST", "/v1beta/files", Bookkeeping),
    ];

    private static IEnumerable<ProviderEndpoint> Verbs(
        string path,
        string[] verbs,
        EndpointKind kind,
        ModelLocation model = ModelLocation.Path,
        bool costsLater = false
    ) => verbs.Select(verb => new ProviderEndpoint("POST", $"{path}:{verb}", kind, model, costsLater));

    private static IEnumerable<ProviderEndpoint> Live(string version) =>
        [
            new(ProviderEndpoint.WebSocket, $"{LiveService}{version}.GenerativeService.BidiGenerateContent", Generates, Hidden),
            new(ProviderEndpoint.WebSocket, $"{LiveService}{version}.GenerativeService.BidiGenerateContentConstrained", Generates, Hidden),
        ];
}
