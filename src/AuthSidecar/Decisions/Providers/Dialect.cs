using System.Text.Json.Serialization;

namespace AuthSidecar.Decisions.Providers;

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
