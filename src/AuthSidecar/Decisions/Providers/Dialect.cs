using System.Text.Json.Serialization;

namespace AuthSidecar.Decisions.Providers;

/// <summary>API format of a provider: credentials, paths, errors and token counts.</summary>
internal enum Dialect
{
    Openai,
    Anthropic,
    Gemini,
    Copilot,

    [JsonStringEnumMemberName("azure-openai")]
    AzureOpenai,
}
