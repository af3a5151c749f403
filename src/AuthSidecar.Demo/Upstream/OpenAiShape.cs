using System.Text.Json.Nodes;

namespace AuthSidecar.Demo.Upstream;

/// <summary>OpenAI's chat completions: a complete one and its event stream.</summary>
internal static class OpenAiShape
{
    private const int Created = 1_767_225_600;
    private static readonly string[] _deltas = ["Hello", " from", " upstream"];

    public static JsonObject Whole() =>
        new()
        {
            ["id"] = "chatcmpl-demo",
            ["object"] = "chat.completion",
            ["created"] = Created,
            ["model"] = "demo",
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["index"] = 0,
                    ["finish_reason"] = "stop",
                    ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = string.Concat(_deltas) },
                }
            ),
            ["usage"] = Usage(),
        };

    /// <param name="hasUsage">The request asked for token counts, which are sent in a separate chunk.</param>
    public static IEnumerable<string> Events(bool hasUsage) =>
        [
            .. _deltas.Select(delta => Chunk(Choice(new() { ["content"] = delta }, null))),
            Chunk(Choice([], "stop")),
            .. (string[])(hasUsage ? [Chunk([], Usage())] : []),
            "data: [DONE]\n\n",
        ];

    private static JsonObject Usage() =>
        new()
        {
            ["prompt_tokens"] = ProviderAnswer.InputTokens,
            ["completion_tokens"] = ProviderAnswer.OutputTokens,
            ["total_tokens"] = ProviderAnswer.InputTokens + ProviderAnswer.OutputTokens,
        };

    private static JsonArray Choice(JsonObject delta, string? finish) =>
        [
            new JsonObject
            {
                ["index"] = 0,
                ["delta"] = delta,
                ["finish_reason"] = finish,
            },
        ];

    private static string Chunk(JsonArray choices, JsonObject? usage = null)
    {
        var chunk = new JsonObject
        {
            ["id"] = "chatcmpl-demo",
            ["object"] = "chat.completion.chunk",
            ["created"] = Created,
            ["model"] = "demo",
            ["choices"] = choices,
        };
        if (usage is not null)
        {
            chunk["usage"] = usage;
        }

        return $"data: {chunk.ToJsonString()}\n\n";
    }
}
