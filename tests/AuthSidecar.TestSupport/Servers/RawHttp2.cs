using System.Net.Sockets;
using System.Text;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// One request over HTTP/2 without TLS whose body ends with trailers, which .NET's client cannot send. Field sections are literals (RFC
/// 7541 6.2.2).
/// </summary>
internal static class RawHttp2
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    /// <summary>Sends it and waits for the first frame of the stream.</summary>
    public static async Task SendAsync(int port, string path, IEnumerable<(string Name, string Value)> trailers)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, limit.Token);
        await using var stream = client.GetStream();
        (string, string)[] request = [(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", path)];
        byte[] bytes =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Frame(Settings, 0, 0, []),
            .. Frame(Headers, EndHeaders, 1, Section(request)),
            .. Frame(Data, 0, 1, "{}"u8),
            .. Frame(Headers, EndHeaders | EndStream, 1, Section(trailers)),
        ];
        await stream.WriteAsync(bytes, limit.Token);
        var head = new byte[9];
        do
        {
            await stream.ReadExactlyAsync(head, limit.Token);
            await stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]], limit.Token);
        } while (head[3] != Headers);
    }

    private static byte[] Section(IEnumerable<(string Name, string Value)> fields) =>
        [
            .. fields.SelectMany(field =>
                new byte[] { 0, (byte)field.Name.Length }
                    .Concat(Encoding.ASCII.GetBytes(field.Name))
                    .Append((byte)field.Value.Length)
                    .Concat(Encoding.ASCII.GetBytes(field.Value))
            ),
        ];

    private static byte[] Frame(byte type, byte flags, byte stream, ReadOnlySpan<byte> payload) =>
        [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];
}
