using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// Reads requests and writes responses of the echo upstream. A request header `x-echo-set-NAME` becomes the response header NAME,
/// `x-echo-status` its status.
/// </summary>
internal static class EchoAnswers
{
    private const string SetPrefix = "x-echo-set-";

    public static async Task<EchoedRequest> ReadAsync(HttpContext context)
    {
        var headers = context.Request.Headers.SelectMany(
            header => header.Value,
            (header, value) => new EchoedHeader(header.Key, value ?? "")
        );
        using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
        var body = context.WebSockets.IsWebSocketRequest ? "" : await reader.ReadToEndAsync();
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var trailers = context.Features.Get<IHttpRequestTrailersFeature>() is { Available: true } feature
            ? feature.Trailers
            : new HeaderDictionary();
        return new(context.Request.Method, target, context.Request.Protocol, [.. headers], body)
        {
            Trailers = [.. trailers.SelectMany(trailer => trailer.Value, (trailer, value) => new EchoedHeader(trailer.Key, value ?? ""))],
        };
    }

    public static async Task PlainAsync(HttpContext context, EchoedRequest request)
    {
        if (request.Values("x-echo-status") is [var status])
        {
            context.Response.StatusCode = int.Parse(status);
        }

        SetHeaders(context, request);
        var body = JsonSerializer.SerializeToUtf8Bytes(request);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    }

    /// <summary>Sends the request as the first event, then the query's `n` events `interval` milliseconds apart, then [DONE].</summary>
    public static async Task EventsAsync(HttpContext context, EchoedRequest request, Task mayGoOn)
    {
        SetHeaders(context, request);
        context.Response.ContentType = "text/event-stream";
        var count = int.TryParse(context.Request.Query["n"], out var n) ? n : 3;
        var interval = int.TryParse(context.Request.Query["interval"], out var milliseconds) ? milliseconds : 10;
        await EventAsync(context, JsonSerializer.Serialize(request));
        await mayGoOn.WaitAsync(context.RequestAborted);
        for (var i = 0; i < count; i++)
        {
            await Task.Delay(interval, context.RequestAborted);
            await EventAsync(context, $$"""{"n":{{i}}}""");
        }

        await EventAsync(context, "[DONE]");
    }

    /// <summary>Sends the handshake request, then echoes every frame until the client closes.</summary>
    public static async Task WebSocketAsync(HttpContext context, EchoedRequest request)
    {
        SetHeaders(context, request);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(request), WebSocketMessageType.Text, true, context.RequestAborted);
        var buffer = new byte[64 * 1024];
        while (socket.State is WebSocketState.Open)
        {
            var frame = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (frame.MessageType is WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(
                    socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure,
                    socket.CloseStatusDescription,
                    context.RequestAborted
                );
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, context.RequestAborted);
        }
    }

    private static void SetHeaders(HttpContext context, EchoedRequest request)
    {
        foreach (var header in request.Headers.Where(header => header.Name.StartsWith(SetPrefix, StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.Headers[header.Name[SetPrefix.Length..]] = header.Value;
        }
    }

    private static async Task EventAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
