using System.Text.Json;
using System.Text.Json.Nodes;

namespace AuthSidecar.Demo;

/// <summary>Answers in the shape of the provider whose path was called, with a fixed count of tokens and an <c>echo</c> of the request.</summary>
internal static class ProviderAnswer
{
    private const int InputTokens = 9;
    private const int OutputTokens = 3;
    private static readonly string[] _words = ["Hello", " from", " upstream"];

    public static async Task WriteAsync(HttpContext context, SeenRequest seen)
    {
        var path = context.Request.Path.Value ?? "";
        var wantsStream = await WantsStreamAsync(context);
        if (wantsStream)
        {
            context.Response.ContentType = "text/event-stream";
            await StreamAsync(context, path.EndsWith("/messages", StringComparison.Ordinal));
            return;
        }

        var echo = JsonNode.Parse(seen.ToJson());
        JsonObject answer = path switch
        {
            _ when path.EndsWith("/chat/completions", StringComparison.Ordinal) => OpenAi(),
            _ when path.EndsWith("/messages", StringComparison.Ordinal) => Anthropic(),
            _ => [],
        };
        answer["echo"] = echo;
        await context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
    }

    private static async Task<bool> WantsStreamAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.HasJsonContentType())
        {
            return false;
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonObject OpenAi() => new()
    {
        ["id"] = "chatcmpl-demo",
        ["object"] = "chat.completion",
        ["model"] = "demo",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0,
            ["finish_reason"] = "stop",
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = string.Concat(_words) },
        }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = InputTokens, ["completion_tokens"] = OutputTokens, ["total_tokens"] = InputTokens + OutputTokens },
    };

    private static JsonObject Anthropic() => new()
    {
        ["id"] = "msg_demo",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = "demo",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = string.Concat(_words) }),
        ["stop_reason"] = "end_turn",
        ["usage"] = new JsonObject { ["input_tokens"] = InputTokens, ["output_tokens"] = OutputTokens },
    };

    private static async Task StreamAsync(HttpContext context, bool isAnthropic)
    {
        foreach (var word in _words)
        {
            var chunk = isAnthropic
                ? new JsonObject { ["type"] = "content_block_delta", ["index"] = 0, ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = word } }
                : new JsonObject { ["object"] = "chat.completion.chunk", ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = new JsonObject { ["content"] = word } }) };
            var name = isAnthropic ? "event: content_block_delta\n" : "";
            await context.Response.WriteAsync($"{name}data: {chunk.ToJsonString()}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        await context.Response.WriteAsync(isAnthropic ? "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n" : "data: [DONE]\n\n", context.RequestAborted);
    }
}
