using AuthSidecar.Administration.Pages.Parts;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Lines that call models through the gateway.</summary>
internal static class GatewaySamples
{
    /// <summary>Stands for the address of the gateway, which only its operator knows.</summary>
    public const string BaseUrl = "https://your-gateway.example.com";

    /// <summary>A request with a key in the variable LLM_KEY.</summary>
    public const string Curl = $$"""
        curl {{BaseUrl}}/openai/v1/chat/completions \
          -H "Authorization: Bearer $LLM_KEY" \
          -H "Content-Type: application/json" \
          -d '{"model": "gpt-5.1-mini", "messages": [{"role": "user", "content": "Hello"}]}'
        """;

    /// <summary>How a new key is used.</summary>
    public static IReadOnlyList<CodeSample> With(string token) =>
        [
            new("curl", $"export LLM_KEY={token}\n{Curl}"),
            new(
                "Python, OpenAI",
                $"""
                from openai import OpenAI

                client = OpenAI(
                    base_url="{BaseUrl}/openai/v1",
                    api_key="{token}",
                )
                """
            ),
            new(
                "Python, Anthropic",
                $"""
                from anthropic import Anthropic

                client = Anthropic(
                    base_url="{BaseUrl}/anthropic",
                    api_key="{token}",
                )
                """
            ),
        ];
}
