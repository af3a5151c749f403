using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>An HTTP/1.1 client that sends exact bytes: odd paths, repeated headers, bytes that are not text.</summary>
internal static class RawHttp
{
    /// <summary>Sends one request. Without a Connection header of its own it closes the connection after the response.</summary>
    public static Task<RawAnswer> SendAsync(int port, string requestLine, params string[] headers) =>
        SendFromAsync("127.0.0.1", port, requestLine, headers);

    /// <summary>Sends one request from another address of this machine.</summary>
    public static async Task<RawAnswer> SendFromAsync(string address, int port, string requestLine, params string[] headers)
    {
        string[] close = headers.Any(header => header.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase))
            ? []
            : ["Connection: close"];
        string[] lines = [requestLine + " HTTP/1.1", "Host: localhost", .. headers, .. close, "", ""];
        return RawAnswer.Parse(await ExchangeAsync(port, string.Join("\r\n", lines), address));
    }

    public static async Task<string> ExchangeAsync(int port, string bytes, string from = "127.0.0.1")
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        using var client = new TcpClient(new IPEndPoint(IPAddress.Parse(from), 0));
        await client.ConnectAsync("127.0.0.1", port, limit.Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), limit.Token);
        var received = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (!IsWhole(received.ToString()) && await stream.ReadAsync(buffer, limit.Token) is var count and > 0)
        {
            received.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return received.ToString();
    }

    /// <summary>
    /// True once the response has the length of its Content-Length. Envoy closes the connection of a refused upgrade only a second later.
    /// </summary>
    public static bool IsWhole(string text) =>
        text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and > 0
        && text[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase))
            is { } line
        && text.Length - (end + 4) >= int.Parse(line.Split(':')[1]);
}

/// <summary>A response as received; names lower-case, values as sent.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyList<EchoedHeader> Headers, string Body)
{
    public IReadOnlyList<string> Values(string name) => [.. Headers.Where(header => header.Name == name).Select(header => header.Value)];

    public static RawAnswer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"Not an HTTP answer: '{text}'");
        var lines = text[..end].Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(':', 2))
            .Select(pair => new EchoedHeader(pair[0].ToLowerInvariant(), pair[1].Trim()));
        return new(int.Parse(lines[0].Split(' ')[1]), [.. headers], text[(end + 4)..]);
    }
}
