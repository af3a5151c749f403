using System.Net.Sockets;
using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>
/// No client can hold a connection of the closer: it ends after two seconds for any behaviour of the client, and others are served
/// meanwhile.
/// </summary>
public sealed class CloserPatienceTests(CloserServer server) : IClassFixture<CloserServer>
{
    // Ten times the promise and shorter than the server's own limits: 30 s for headers, an hour for an idle connection.
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("", "says nothing")]
    [InlineData("G", "begins a word")]
    [InlineData("GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: web", "breaks off in a header")]
    [InlineData("POST /live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf", "owes a body")]
    public async Task AClientThat_IsCut(string bytes, string what)
    {
        using var client = await RawSocket.ConnectAsync(server.Port);
        await client.SendAsync(bytes);

        Assert.True(
            Encoding.Latin1.GetString(await RestAsync(client)) is "" or ['H', 'T', 'T', 'P', '/', '1', '.', '1', ' ', '4', ..],
            what
        );
        await AssertServesAsync();
    }

    [Fact]
    public async Task SlowHeader_IsCut()
    {
        using var client = await RawSocket.ConnectAsync(server.Port);
        await client.SendAsync("GET /live HTTP/1.1\r\nHost: localhost\r\n");
        var dripping = client.FloodAsync(Encoding.ASCII.GetBytes("x-drip: drop\r\n"), TimeSpan.FromMilliseconds(50));

        _ = await RestAsync(client);

        await dripping.WaitAsync(_longest);
    }

    [Fact]
    public async Task ClientThatNeverAnswersTheCloseFrame_IsAborted()
    {
        using var client = await OpenAsync();

        Assert.Equal((4001, "token_expired"), RawSocket.ReadClose(await RestAsync(client)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public async Task ClientThatKeepsSending_IsClosedWithItsCode(int opcode)
    {
        using var client = await OpenAsync();
        var talking = client.FloodAsync(RawSocket.Frame(opcode, new byte[opcode == 9 ? 125 : 4000]));

        var received = await RestAsync(client);

        Assert.Equal((4001, "token_expired"), RawSocket.ReadClose(received[..(2 + received[1])]));
        await talking.WaitAsync(_longest);
        await AssertServesAsync();
    }

    [Fact]
    public async Task ClientThatNeverEndsAFrame_IsClosedWithItsCode()
    {
        using var client = await OpenAsync();
        await client.SendAsync([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1, 2, 3]);

        Assert.Equal((4001, "token_expired"), RawSocket.ReadClose(await RestAsync(client)));
    }

    [Theory]
    [InlineData(new byte[] { 0x88, 0x02, 0x03, 0xE8 }, "not masked")]
    [InlineData(new byte[] { 0xF1, 0x80, 0, 0, 0, 0 }, "reserved bits")]
    [InlineData(new byte[] { 0x88, 0x81, 0, 0, 0, 0, 1 }, "half a code")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, "no frame")]
    public async Task ClientThatBreaksTheProtocol_IsClosedWithItsCode(byte[] bytes, string what)
    {
        using var client = await OpenAsync();
        await client.SendAsync(bytes);

        var received = await RestAsync(client);

        Assert.True(received is [0x88, ..], what);
        Assert.Equal((4001, "token_expired"), RawSocket.ReadClose(received));
    }

    [Fact]
    public async Task ManySilentClients_DelayNoOther_AndAreClosed()
    {
        var half = Encoding.ASCII.GetBytes(RawSocket.Handshake("/live", server.Signal(Denials.TokenExpired))[..^10]);
        var silent = (await Task.WhenAll(Enumerable.Range(0, 300).Select(number => BeginAsync(number % 2 == 0 ? half : []))))
            .OfType<RawSocket>()
            .ToList();

        for (var i = 0; i < 20; i++)
        {
            await AssertServesAsync();
        }

        Assert.All(await Task.WhenAll(silent.Select(RestAsync)), Assert.Empty);
        silent.ForEach(client => client.Dispose());
    }

    /// <returns>Null: on a busy machine the closer may have cut the client before it learns that it is connected.</returns>
    private async Task<RawSocket?> BeginAsync(byte[] bytes)
    {
        try
        {
            var client = await RawSocket.ConnectAsync(server.Port);
            await client.TrySendAsync(bytes);
            return client;
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionReset)
        {
            return null;
        }
    }

    [Fact]
    public async Task ASlowReader_IsCut()
    {
        using var client = await RawSocket.ConnectAsync(server.Port, receiveBuffer: 1);
        var asking = client.FloodAsync(Encoding.ASCII.GetBytes(RawSocket.Handshake("/live", server.Signal(Denials.TokenExpired))));

        // The client has stopped reading; a closed peer shows when writing fails.
        await asking.WaitAsync(_longest);
    }

    private async Task<RawSocket> OpenAsync()
    {
        var (client, head) = await server.OpenAsync(server.Signal(Denials.TokenExpired));
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        return client;
    }

    private async Task AssertServesAsync()
    {
        using var client = await OpenAsync();
        await client.AnswerCloseAsync();
        Assert.Equal((4001, "token_expired"), RawSocket.ReadClose(await RestAsync(client)));
    }

    private static Task<byte[]> RestAsync(RawSocket client) => client.RestAsync().WaitAsync(_longest);
}
