namespace AuthSidecar.Decisions.Providers;

/// <summary>Endpoint tables by dialect.</summary>
internal static class EndpointTables
{
    public static IReadOnlyDictionary<Dialect, IReadOnlyList<ProviderEndpoint>> All { get; } =
        new Dictionary<Dialect, IReadOnlyList<ProviderEndpoint>>
        {
            [Dialect.Openai] = OpenAiEndpoints.All,
            [Dialect.Anthropic] = AnthropicEndpoints.All,
            [Dialect.Gemini] = GeminiEndpoints.All,
            [Dialect.Copilot] = CopilotEndpoints.All,
            [Dialect.AzureOpenai] = AzureEndpoints.All,
        };
}
