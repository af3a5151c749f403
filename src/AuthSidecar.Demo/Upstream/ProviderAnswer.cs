using System.Text.Json;
using System.Text.Json.Nodes;

namespace AuthSidecar.Demo.Upstream;

/// <summary>Answers in the format of the provider whose path was called, with fixed token counts and an <c>echo</c>.</summary>
internal static class ProviderAnswer
{
    public const long InputTokens = 9;
    public const long OutputTokens = 3;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    public static async Task WriteAsync(HttpContext context, SeenRequest seen)
    {
        var path = context.Request.Path.Value ?? "";
        var isAnthropic = path.EndsWith("/messages", StringComparison.Ordinal);
        var (isStream, hasUsage) = await WantsAsync(context);
        if (isStream)
        {
            await StreamAsync(context, isAnthropic ? AnthropicShape.Events() : OpenAiShape.Events(hasUsage));
            return;
        }

        JsonObject answer =
            isAnthropic ? AnthropicShape.Whole()
            : path.EndsWith("/chat/completions", StringComparison.Ordinal) ? OpenAiShape.Whole()
            : [];
        answer["echo"] = JsonNode.Parse(seen.ToJson());
        await context.Response.WriteAsJsonAsync(answer, context.RequestAborted);
    }

    private static async Task<(bool IsStream, bool HasUsage)> WantsAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.HasJsonContentType())
        {
            return default;
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            var json = body.RootElement;
            return (
                Is(json, "stream"),
                json.ValueKind == JsonValueKind.Object
                    && json.TryGetProperty("stream_options", out var options)
                    && Is(options, "include_usage")
            );
        }
        catch (JsonException)
        {
            // A body that is not JSON is echoed like any other.
            return default;
        }
    }

    private static bool Is(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static async Task StreamAsync(HttpContext context, IEnumerable<string> events)
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var data in events)
        {
            await context.Response.WriteAsync(data, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(_pause, TimeProvider.System, context.RequestAborted);
        }
    }
}
