using System.Text.Json.Nodes;

namespace AuthSidecar.Demo;

/// <summary>Chat completions of OpenAI, whole and streamed.</summary>
internal static class OpenAiShape
{
    private const int Created = 1_767_225_600;
    private static readonly string[] _words = ["Hello", " from", " upstream"];

    public static JsonObject Whole() => new()
    {
        ["id"] = "chatcmpl-demo",
        ["object"] = "chat.completion",
        ["created"] = Created,
        ["model"] = "demo",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["finish_reason"] = "stop",
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = string.Concat(_words) },
        }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = 9, ["completion_tokens"] = 3, ["total_tokens"] = 12 },
    };

    public static IEnumerable<string> Events() =>
        [.. _words.Select(word => Chunk(new() { ["content"] = word }, null)), Chunk([], "stop"), "data: [DONE]\n\n"];

    private static string Chunk(JsonObject delta, string? finish)
    {
        var chunk = new JsonObject
        {
            ["id"] = "chatcmpl-demo",
            ["object"] = "chat.completion.chunk",
            ["created"] = Created,
            ["model"] = "demo",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
        };
        return $"data: {chunk.ToJsonString()}\n\n";
    }
}
