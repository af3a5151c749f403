using AuthSidecar.Configuration;

namespace AuthSidecar.Upstream;

/// <summary>How a provider's API carries its credential.</summary>
internal enum Dialect
{
    Openai,
    Anthropic,
    Gemini,
    Copilot,
    AzureOpenai,
}

/// <summary>One entry of <c>Providers</c>.</summary>
internal sealed class ProviderOptions
{
    public Dialect Dialect { get; set; } = Dialect.Openai;

    /// <summary>The central credential; without one only own credentials (BYOK) reach the provider.</summary>
    public Secret? Credential { get; set; }
}
