using System.Net.Sockets;
using System.Text;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Cases;

/// <summary>
/// One HTTP/1.1 request with the exact bytes of a case, and its response; of an opened WebSocket the head and the first frame.
/// </summary>
internal static class RawExchange
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    public static string Write(Case one, Vocabulary vocabulary)
    {
        var lines = CheckRequests.ClientLines(one, vocabulary).Select(line => $"{line.Name}: {line.Value}").ToList();
        if (one.HeaderText("connection") is null)
        {
            lines.Add("Connection: close");
        }

        if (one.Request.Body is { } body)
        {
            lines.Add($"Content-Length: {body.Length}");
        }

        return string.Join(
                "\r\n",
                [$"{one.Method} {vocabulary.Resolve(one.Target)} HTTP/1.1", $"Host: {CheckRequests.Authority(one)}", .. lines, "", ""]
            ) + one.Request.Body;
    }

    public static async Task<Answer> SendAsync(int port, string bytes)
    {
        using var limit = new CancellationTokenSource(_limit);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, limit.Token);
        var stream = client.GetStream();
        var received = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), limit.Token);
            while (!IsComplete(received.ToString()) && await stream.ReadAsync(buffer, limit.Token) is var count and > 0)
            {
                received.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException) when (received.Length > 0)
        {
            // Envoy may close before it has read a rejected request completely.
        }

        return Parse(received.ToString());
    }

    /// <summary>Code and reason of the close frame that was the first frame on an opened WebSocket, or null.</summary>
    public static (int Code, string Reason)? ReadClose(Answer answer) =>
        answer is { Status: 101, Body: ['\u0088', var length, ..] }
            ? RawSocket.ReadClose(Encoding.Latin1.GetBytes(answer.Body[..(2 + length)]))
            : null;

    // Both the upstream and the closer send the first frame.
    private static bool IsComplete(string text) => RawHttp.IsWhole(text) || IsOpenedSocket(text);

    private static bool IsOpenedSocket(string text) =>
        text.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)
        && text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and > 0
        && text[(end + 4)..] is [var first, var length, .. var rest]
        && (first != '\u0088' || rest.Length >= length);

    private static Answer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, "Envoy gave no HTTP answer");
        var lines = text[..end].Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(':', 2))
            .Select(pair => new HeaderLine(pair[0].ToLowerInvariant(), pair[1].Trim()));
        return new(int.Parse(lines[0].Split(' ')[1]), [.. headers], text[(end + 4)..]);
    }
}
