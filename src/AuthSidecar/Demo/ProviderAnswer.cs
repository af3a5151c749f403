using System.Text.Json;
using System.Text.Json.Nodes;

namespace AuthSidecar.Demo;

/// <summary>Answers in the shape of the provider whose path was called, with a fixed count of tokens and an <c>echo</c> of the request.</summary>
internal static class ProviderAnswer
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    public static async Task WriteAsync(HttpContext context, SeenRequest seen)
    {
        var path = context.Request.Path.Value ?? "";
        var isAnthropic = path.EndsWith("/messages", StringComparison.Ordinal);
        if (await WantsStreamAsync(context))
        {
            await StreamAsync(context, isAnthropic ? AnthropicShape.Events() : OpenAiShape.Events());
            return;
        }

        JsonObject answer = isAnthropic ? AnthropicShape.Whole()
            : path.EndsWith("/chat/completions", StringComparison.Ordinal) ? OpenAiShape.Whole()
            : [];
        answer["echo"] = JsonNode.Parse(seen.ToJson());
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
            // An upstream that echoes has no opinion of what is no JSON.
            return false;
        }
    }

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
