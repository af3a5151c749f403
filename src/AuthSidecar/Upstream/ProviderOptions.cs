using System.Text.Json.Serialization;
using AuthSidecar.Configuration;

namespace AuthSidecar.Upstream;

/// <summary>How a provider's API carries its credential.</summary>
internal enum Dialect
{
    Openai,
    Anthropic,
    Gemini,
    Copilot,

    [JsonStringEnumMemberName("azure-openai")]
    AzureOpenai,
}

/// <summary>One entry of <c>Providers</c>.</summary>
internal sealed class ProviderOptions
{
    /// <summary>How its API carries a credential.</summary>
    public Dialect Dialect { get; set; } = Dialect.Openai;

    /// <summary>The central credential; without one only own credentials (BYOK) reach the provider.</summary>
    public Secret? Credential { get; set; }
}
