using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>Forwarding between the two ends, the propagation of a close, and forbidden frames.</summary>
public sealed class FramesTests(SharedRelay shared) : IClassFixture<SharedRelay>, IAsyncLifetime
{
    private const int MostBytes = 16 * 1024 * 1024;

    private readonly RelayHarness _harness = shared.Harness;

    public Task InitializeAsync() => _harness.ForgetAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(WebSocketMessageType.Text, 0)]
    [InlineData(WebSocketMessageType.Binary, 1)]
    [InlineData(WebSocketMessageType.Text, 125)]
    [InlineData(WebSocketMessageType.Binary, 126)]
    [InlineData(WebSocketMessageType.Text, 65_535)]
    [InlineData(WebSocketMessageType.Binary, 65_536)]
    [InlineData(WebSocketMessageType.Binary, 5_000_001)]
    public async Task AMessage_ComesBackAsItWas(WebSocketMessageType type, int length)
    {
        var message =
            type == WebSocketMessageType.Text ? Encoding.ASCII.GetBytes(new string('x', length)) : RandomNumberGenerator.GetBytes(length);
        var (client, _) = await _harness.OpenAsync(await _harness.KeyAsync());
        using var opened = client;
        var sending = client.SendAsync(message, type);

        var (received, bytes) = await client.ReceiveAsync();
        await sending;

        Assert.Equal(type, received);
        Assert.True(message.AsSpan().SequenceEqual(bytes));
    }

    [Fact]
    public async Task AFragment_PassesOnBeforeItsMessageEnds()
    {
        var (client, upstream) = await OpenAsync();
        using var opened = client;
        var buffer = new byte[100];
        foreach (var (text, isEnd) in new[] { ("one ", false), ("two ", false), ("", true) })
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, isEnd);
            var part = await upstream.Socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);

            Assert.Equal(
                (WebSocketMessageType.Text, text, isEnd),
                (part.MessageType, Encoding.ASCII.GetString(buffer, 0, part.Count), part.EndOfMessage)
            );
        }
    }

    [Theory]
    [InlineData(1000, "")]
    [InlineData(1001, "going away")]
    [InlineData(1012, "service restart")]
    [InlineData(1013, "ü")]
    [InlineData(3000, "a")]
    [InlineData(4321, "own")]
    public async Task ACloseFrame_PassesOnWithItsCodeAndReason(int code, string reason)
    {
        var (client, upstream) = await OpenAsync();
        using (client)
        {
            await client.CloseAsync(code, reason);
            Assert.Equal((code, reason), await upstream.ClosedAsync());
            Assert.Equal((1000, ""), await client.ClosedAsync());
        }

        (client, upstream) = await OpenAsync();
        using (client)
        {
            await upstream.CloseAsync(code, reason);
            Assert.Equal((code, reason), await client.ClosedAsync());
            Assert.Equal((1000, ""), await upstream.ClosedAsync());
        }
    }

    [Fact]
    public async Task ACloseFrameWithoutACode_PassesOnWithoutOne()
    {
        _harness.Upstream.Echoes = false;
        using var raw = await OpenRawAsync();
        var upstream = await _harness.Upstream.NextAsync();
        await raw.SendAsync(0x88, "");

        // .NET's representation of an absent code.
        Assert.Equal(WebSocketMessageType.Close, (await upstream.ReceiveAsync()).Type);
        Assert.Equal((WebSocketCloseStatus.NormalClosure, ""), (upstream.Socket.CloseStatus, upstream.Socket.CloseStatusDescription));
        await upstream.CloseAsync(1000, "");
        Assert.Equal((1000, ""), await raw.ReceiveCloseAsync());
        Assert.True(await raw.IsOverAsync());
    }

    [Fact]
    public async Task OneEndCloses_TheOtherContinuesUntilItCloses()
    {
        var (client, upstream) = await OpenAsync();
        using var opened = client;
        await client.CloseAsync(1000, "that was all");
        Assert.Equal(WebSocketMessageType.Close, (await upstream.ReceiveAsync()).Type);
        foreach (var message in new[] { "last", "words" })
        {
            await upstream.SendTextAsync(message);
            Assert.Equal(message, await client.ReceiveTextAsync());
        }

        await upstream.CloseAsync(4000, "done");
        Assert.Equal((4000, "done"), await client.ClosedAsync());
    }

    [Fact]
    public async Task TheOtherNeverCloses_BothAreCut()
    {
        await using var harness = await RelayHarness.StartAsync(times: new() { HalfClosed = TimeSpan.FromSeconds(1) });
        harness.Upstream.Echoes = false;
        var (client, _) = await harness.OpenAsync(await harness.KeyAsync());
        using var opened = client;
        await client.CloseAsync(1000, "");

        await Assert.ThrowsAsync<WebSocketException>(client.ReceiveAsync);
        await Eventually.TrueAsync(() => Task.FromResult(harness.Sockets.ActiveConnections == 0), "the relay has closed");
    }

    [Fact]
    public async Task ClientReset_ClosesTheApplicationWith1001()
    {
        var (client, upstream) = await OpenAsync();
        client.Socket.Abort();

        Assert.Equal((1001, "client_gone"), await upstream.ClosedAsync());
        client.Dispose();
    }

    [Fact]
    public async Task ApplicationReset_ClosesTheClientWith1011()
    {
        var (client, upstream) = await OpenAsync();
        using var opened = client;
        upstream.BreakOff();

        Assert.Equal((1011, "upstream_gone"), await client.ClosedAsync());
    }

    [Fact]
    public async Task TheLongestMessage_Passes()
    {
        var (client, upstream) = await OpenAsync();
        using var opened = client;
        await Task.WhenAll(client.SendAsync(new byte[MostBytes], WebSocketMessageType.Binary), upstream.ReceiveAsync());
        await Task.WhenAll(upstream.SendAsync(new byte[MostBytes], WebSocketMessageType.Binary), client.ReceiveAsync());

        Assert.Equal((WebSocketState.Open, WebSocketState.Open), (client.Socket.State, upstream.Socket.State));
    }

    [Fact]
    public async Task ALongerOne_Is1009AtBothEnds()
    {
        var (client, upstream) = await OpenAsync();
        using (client)
        {
            var sending = SendTooMuchAsync(client);
            Assert.Equal((1009, "message_too_big"), await upstream.ClosedAsync());
            Assert.Equal((1009, "message_too_big"), await client.ClosedAsync());
            await sending;
        }

        (client, upstream) = await OpenAsync();
        using (client)
        {
            var sending = SendTooMuchAsync(upstream);
            Assert.Equal((1009, "message_too_big"), await client.ClosedAsync());
            Assert.Equal((1009, "message_too_big"), await upstream.ClosedAsync());
            await sending;
        }
    }

    [Fact]
    public async Task AFrameThatAnnouncesTooMuch_Is1009BeforeItComes()
    {
        using var raw = await OpenRawAsync();
        await raw.WriteAsync(RawSocket.Header(0x82, MostBytes + 1L));

        Assert.Equal((1009, "message_too_big"), await raw.ReceiveCloseAsync());
    }

    [Theory]
    [InlineData("unmasked", "81 02 68 69")]
    [InlineData("a reserved bit", "C1 80 00 00 00 00")]
    [InlineData("a reserved opcode", "83 80 00 00 00 00")]
    [InlineData("a reserved control opcode", "8B 80 00 00 00 00")]
    [InlineData("a ping in fragments", "09 80 00 00 00 00")]
    [InlineData("a long ping", "89 FE 00 7E 00 00 00 00")]
    [InlineData("going on with nothing", "80 80 00 00 00 00")]
    [InlineData("a message within a message", "01 80 00 00 00 00 81 80 00 00 00 00")]
    [InlineData("a negative length", "82 FF 80 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("half a code", "88 81 00 00 00 00 03")]
    [InlineData("code 1005", "88 82 00 00 00 00 03 ED")]
    [InlineData("code 1006", "88 82 00 00 00 00 03 EE")]
    [InlineData("code 999", "88 82 00 00 00 00 03 E7")]
    [InlineData("code 5000", "88 82 00 00 00 00 13 88")]
    [InlineData("a reason that is no text", "88 83 00 00 00 00 03 E8 FF")]
    public async Task ProtocolViolation_Is1002_AndNotForwarded(string what, string bytes)
    {
        _harness.Upstream.Echoes = false;
        using var raw = await OpenRawAsync();
        var upstream = await _harness.Upstream.NextAsync();
        await raw.WriteAsync(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));

        Assert.True((1002, "protocol_error") == await raw.ReceiveCloseAsync(), what);
        Assert.Equal((1001, "client_gone"), await upstream.ClosedAsync());
    }

    [Fact]
    public async Task APingInsideAMessage_IsAnsweredByTheRelay_AndTheMessageGoesOn()
    {
        using var raw = await OpenRawAsync();
        await raw.SendAsync(0x01, "one ");
        await raw.SendAsync(0x89, "are you there");
        await raw.SendAsync(0x8A, "an unsolicited pong");
        await raw.SendAsync(0x80, "message");
        var frames = new List<(int First, string Text)>();
        while (frames.Count == 0 || (frames[^1].First & 0x8F) is not (0x80 or 0x81))
        {
            frames.Add(await raw.ReceiveTextAsync());
        }

        Assert.Contains((0x8A, "are you there"), frames);
        Assert.Equal("one message", string.Concat(frames.Where(frame => frame.First != 0x8A).Select(frame => frame.Text)));
    }

    [Fact]
    public async Task SlowReader_BlocksTheSender_WithoutLoss()
    {
        const int ChunkBytes = 64 * 1024;
        const long Most = 64L * 1024 * 1024;
        var (client, upstream) = await OpenAsync();
        using var opened = client;
        var sent = 0L;
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested && sent < Most)
            {
                await upstream.Socket.SendAsync(new byte[ChunkBytes], WebSocketMessageType.Binary, true, CancellationToken.None);
                Interlocked.Add(ref sent, ChunkBytes);
            }
        });

        // The buffers of the kernel and of both servers fill up, and then nothing moves.
        var before = -1L;
        await Eventually.TrueAsync(
            async () =>
            {
                await Task.Delay(500);
                return Interlocked.Exchange(ref before, Interlocked.Read(ref sent)) == before;
            },
            "the sender waits"
        );
        Assert.InRange(before, 1, Most - 1);

        await stop.CancelAsync();
        var received = 0L;
        while (!sending.IsCompleted || received < Interlocked.Read(ref sent))
        {
            received += (await client.ReceiveAsync()).Bytes.Length;
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task MissingPongs_CutTheConnection()
    {
        await using var harness = await RelayHarness.StartAsync(
            times: new() { KeepAlive = TimeSpan.FromMilliseconds(300), KeepAliveTimeout = TimeSpan.FromSeconds(3) }
        );
        harness.Upstream.Echoes = false;
        var (client, upstream) = await harness.OpenAsync(await harness.KeyAsync());
        using var alive = client;
        var (quietClient, quietUpstream) = (client.ReceiveAsync(), upstream.ReceiveAsync());
        using var raw = await RawSocket.OpenAsync(harness.Port, "/app/x");
        await raw.SendAsync(0x81, $$"""{"type":"auth","token":"{{await harness.KeyAsync()}}"}""");
        Assert.Equal((0x81, RelayClient.Success), await raw.ReceiveTextAsync());
        var left = await harness.Upstream.NextAsync();

        Assert.Equal((0x89, ""), await raw.ReceiveTextAsync());
        Assert.Equal((1001, "client_gone"), await left.ClosedAsync());
        Assert.True(await raw.IsOverAsync());
        Assert.False(quietClient.IsCompleted || quietUpstream.IsCompleted);
        await client.SendTextAsync("still here");
        Assert.Equal("still here", Encoding.UTF8.GetString((await quietUpstream).Bytes));
    }

    private static async Task SendTooMuchAsync(SocketConversation from)
    {
        try
        {
            for (var sent = 0; sent <= MostBytes; sent += 1024 * 1024)
            {
                await from.SendAsync(new byte[1024 * 1024], WebSocketMessageType.Binary, isEnd: false);
            }
        }
        catch (WebSocketException)
        {
            // Closed in between.
        }
    }

    private async Task<(RelayClient Client, UpstreamSocket Upstream)> OpenAsync()
    {
        _harness.Upstream.Echoes = false;
        return await _harness.OpenAsync(await _harness.KeyAsync());
    }

    private async Task<RawSocket> OpenRawAsync()
    {
        var raw = await RawSocket.OpenAsync(_harness.Port, "/app/x");
        await raw.SendAsync(0x81, $$"""{"type":"auth","token":"{{await _harness.KeyAsync()}}"}""");
        Assert.Equal((0x81, RelayClient.Success), await raw.ReceiveTextAsync());
        return raw;
    }
}
