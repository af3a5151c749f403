using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Lines that call models through the gateway.</summary>
internal sealed class GatewaySamples(ConsoleOptions console)
{
    /// <summary>Stands for the address of the gateway where only its operator knows it.</summary>
    public const string Placeholder = "https://your-gateway.example.com";

    /// <summary>A request with a key in the variable LLM_KEY.</summary>
    public string Curl =>
        $$"""
            curl {{BaseUrl}}/openai/v1/chat/completions \
              -H "Authorization: Bearer $LLM_KEY" \
              -H "Content-Type: application/json" \
              -d '{"model": "gpt-5.1-mini", "messages": [{"role": "user", "content": "Hello"}]}'
            """;

    private string BaseUrl => console.GatewayUrl.Length == 0 ? Placeholder : new Uri(console.GatewayUrl).GetLeftPart(UriPartial.Authority);

    /// <summary>How a new key is used.</summary>
    public SecretBox Of(IssuedKeyView issued) => new("API key", issued.Issued.Token, With(issued.Issued.Token));

    private IReadOnlyList<CodeSample> With(string token) =>
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
