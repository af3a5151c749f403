using System.Text.Json.Nodes;

namespace AuthSidecar.Demo.Upstream;

/// <summary>Anthropic's Messages API: a complete message and its event stream.</summary>
internal static class AnthropicShape
{
    private static readonly string[] _deltas = ["Hello", " from", " upstream"];

    public static JsonObject Whole() =>
        Message([new JsonObject { ["type"] = "text", ["text"] = string.Concat(_deltas) }], "end_turn", ProviderAnswer.OutputTokens);

    public static IEnumerable<string> Events() =>
        [
            Event("message_start", new() { ["message"] = Message([], null, outputTokens: 0) }),
            Event(
                "content_block_start",
                new()
                {
                    ["index"] = 0,
                    ["content_block"] = new JsonObject { ["type"] = "text", ["text"] = "" },
                }
            ),
            .. _deltas.Select(delta =>
                Event(
                    "content_block_delta",
                    new()
                    {
                        ["index"] = 0,
                        ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = delta },
                    }
                )
            ),
            Event("content_block_stop", new() { ["index"] = 0 }),
            Event(
                "message_delta",
                new()
                {
                    ["delta"] = new JsonObject { ["stop_reason"] = "end_turn", ["stop_sequence"] = null },
                    ["usage"] = new JsonObject { ["output_tokens"] = ProviderAnswer.OutputTokens },
                }
            ),
            Event("message_stop", []),
        ];

    private static JsonObject Message(JsonArray content, string? stopReason, long outputTokens) =>
        new()
        {
            ["id"] = "msg_demo",
            ["type"] = "message",
            ["role"] = "assistant",
            ["model"] = "demo",
            ["content"] = content,
            ["stop_reason"] = stopReason,
            ["stop_sequence"] = null,
            ["usage"] = new JsonObject { ["input_tokens"] = ProviderAnswer.InputTokens, ["output_tokens"] = outputTokens },
        };

    private static string Event(string type, JsonObject data)
    {
        data["type"] = type;
        return $"event: {type}\ndata: {data.ToJsonString()}\n\n";
    }
}
