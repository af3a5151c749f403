using static AuthSidecar.Decisions.Providers.EndpointKind;
using static AuthSidecar.Decisions.Providers.ModelLocation;

namespace AuthSidecar.Decisions.Providers;

/// <summary>
/// Azure OpenAI's data plane: OpenAI's paths with or without a version, the same below a deployment, and the additional paths of Azure AI
/// Foundry.
/// </summary>
/// <remarks>
/// Sources: https://github.com/openai/openai-python, <c>src/openai/lib/azure.py</c> (below a deployment, and <c>realtime</c>), and
/// https://github.com/Azure/azure-rest-api-specs, <c>specification/ai/ModelInference/routes.tsp</c> (below <c>models</c>). Added:
/// <c>extensions</c>, the lists of deployments, and Anthropic's paths. OpenAI endpoints that Azure lacks are listed too; Azure rejects them
/// itself.
/// </remarks>
internal static class AzureEndpoints
{
    /// <summary>Collections without a listed endpoint.</summary>
    public static IReadOnlyList<string> Others { get; } =
    [.. OpenAiEndpoints.Others, "providers", "management", "ingestion", "extensions", "images", "labs", "video"];

    public static IReadOnlyList<ProviderEndpoint> All { get; } =
    [
        .. OpenAiEndpoints.All,
        .. AnthropicEndpoints.Core,
        new("POST", "/deployments/{deployment}/chat/completions", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/extensions/chat/completions", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/completions", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/embeddings", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/images/generations", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/images/edits", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/audio/speech", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/audio/transcriptions", Generates, ModelLocation.Path),
        new("POST", "/deployments/{deployment}/audio/translations", Generates, ModelLocation.Path),
        new("GET", "/deployments", ListsModels),
        new("GET", "/deployments/{deployment}", ListsModels),
        new("POST", "/models/chat/completions", Generates, Body),
        new("POST", "/models/embeddings", Generates, Body),
        new("POST", "/models/images/embeddings", Generates, Body),
        new("GET", "/models/info", ListsModels),
    ];
}
