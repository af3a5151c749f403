using System.Net.WebSockets;
using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>The closer's responses, over real connections.</summary>
public sealed class CloserTests(CloserServer server) : IClassFixture<CloserServer>
{
    private const string GenuineReason = "token_expired";

    // RFC 6455 1.3: the accept value for the key of its example.
    private const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    public static TheoryData<string> Reasons => [.. Denials.All.Select(denial => denial.Reason)];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task EveryRefusal_ClosesWithItsCodeAndReason_AndTheConnectionEnds(string reason)
    {
        var denial = Denials.All.Single(denial => denial.Reason == reason);
        var (client, head) = await server.OpenAsync(server.Signal(denial));
        using var open = client;
        await client.AnswerCloseAsync();

        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nSec-WebSocket-Accept: {Accept}\r\n", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((denial.CloseCode, denial.Reason), RawSocket.ReadClose(await client.RestAsync()));
    }

    [Fact]
    public async Task AWebSocketClient_GetsTheReasonToo()
    {
        using var socket = await Sockets.ConnectAsync(server.Port, "/live", Header(server.Signal(Denials.TokenRevoked)));

        var frame = await socket.ReceiveAsync(new byte[64], default);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);

        Assert.Equal(WebSocketMessageType.Close, frame.MessageType);
        Assert.Equal(
            (4004, "token_revoked", WebSocketState.Closed),
            ((int)socket.CloseStatus!, socket.CloseStatusDescription, socket.State)
        );
    }

    [Theory]
    [InlineData(null, "none")]
    [InlineData("", "an empty one")]
    [InlineData("4001", "a bare code")]
    [InlineData("4001.token_expired", "without a MAC")]
    [InlineData("4001.token_expired.00000000000000000000000000000000", "a guessed MAC")]
    [InlineData("{genuine}x", "a longer MAC")]
    [InlineData("x{genuine}", "another code")]
    [InlineData("{genuine},{genuine}", "twice in one line")]
    [InlineData("{genuine}\r\nx-authsidecar-ws-close: {genuine}", "twice in two lines")]
    [InlineData("4001.\u00c3\u00a9.00000000000000000000000000000000", "not ASCII")]
    public async Task ForgedSignal_Is1008WithoutAReason(string? signal, string what)
    {
        var genuine = Header(server.Signal(Denials.TokenExpired)).Value;
        Assert.Contains(GenuineReason, genuine, StringComparison.Ordinal);

        var (client, head) = await server.OpenAsync(
            signal is null ? [] : [$"x-authsidecar-ws-close: {signal.Replace("{genuine}", genuine, StringComparison.Ordinal)}"]
        );
        using var open = client;
        await client.AnswerCloseAsync();

        Assert.True(head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal), what);
        Assert.Equal((1008, ""), RawSocket.ReadClose(await client.RestAsync()));
    }

    [Theory]
    [InlineData("chat", "chat")]
    [InlineData("chat, superchat", "chat")]
    [InlineData("authsidecar.bearer.ask_x, chat", "chat")]
    [InlineData("authsidecar.bearer.ask_x\r\nSec-WebSocket-Protocol: chat", "chat")]
    [InlineData("authsidecar.bearer.ask_x", null)]
    [InlineData("authsidecar.bearer.", null)]
    [InlineData("no subprotocol, caf\u00c3\u00a9, a=b, (c), chat", "chat")]
    [InlineData("\"authsidecar.bearer.ask_x\"", null)]
    [InlineData(", ,", null)]
    public async Task OfferedSubprotocol_IsSelected_ButNoTokenOrInvalidOne(string offered, string? taken)
    {
        var (client, head) = await server.OpenAsync(server.Signal(Denials.TokenExpired), $"Sec-WebSocket-Protocol: {offered}");
        using var open = client;
        await client.AnswerCloseAsync();

        Assert.Equal(taken is null ? [] : [taken], RawAnswer.Parse(head).Values("sec-websocket-protocol"));
        Assert.Equal((4001, GenuineReason), RawSocket.ReadClose(await client.RestAsync()));
    }

    [Theory]
    [InlineData("GET /live HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("HEAD /live HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /live HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")]
    [InlineData("POST /live HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\nthe rest never comes")]
    [InlineData("POST /live HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n")]
    [InlineData("GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n")]
    [InlineData(
        "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    )]
    [InlineData(
        "GET /live HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )]
    [InlineData(
        "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: "
            + "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )]
    [InlineData(
        "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )]
    [InlineData(
        "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
            + "13\r\nSec-WebSocket-Key: short\r\n\r\n"
    )]
    [InlineData("GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n")]
    [InlineData(
        "POST /live HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
            + "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )]
    public async Task WhatIsNoWebSocket_Is426_WithoutABody_AndTheConnectionEnds(string request)
    {
        using var client = await RawSocket.ConnectAsync(server.Port);
        await client.SendAsync(
            request.Replace("Host: a\r\n", $"Host: a\r\n{server.Signal(Denials.TokenExpired)}\r\n", StringComparison.Ordinal)
        );

        var answer = RawAnswer.Parse(Encoding.Latin1.GetString(await client.RestAsync()));

        // RFC 9110 15.5.22 and RFC 6455 4.4
        Assert.Equal((426, ""), (answer.Status, answer.Body));
        Assert.Equal(["websocket"], answer.Values("upgrade"));
        Assert.Equal(["13"], answer.Values("sec-websocket-version"));
        Assert.Contains("Upgrade", answer.Values("connection").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PipelinedRequest_IsNotAnswered()
    {
        using var client = await RawSocket.ConnectAsync(server.Port);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + RawSocket.Handshake("/live", server.Signal(Denials.TokenExpired)));

        var answers = Encoding.Latin1.GetString(await client.RestAsync());

        Assert.StartsWith("HTTP/1.1 426 ", answers, StringComparison.Ordinal);
        Assert.Equal(answers.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal), answers.IndexOf("HTTP/1.1 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")]
    [InlineData("no HTTP at all\r\n\r\n")]
    public async Task WhatIsNoHttp_IsNoSocket(string bytes)
    {
        using var client = await RawSocket.ConnectAsync(server.Port);
        await client.SendAsync(bytes);

        Assert.DoesNotContain(" 101 ", Encoding.Latin1.GetString(await client.RestAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientInput_IsNeverEchoed()
    {
        var (client, _) = await server.OpenAsync(server.Signal(Denials.InvalidToken));
        using var open = client;
        foreach (var opcode in (int[])[1, 2])
        {
            await client.SendAsync(RawSocket.Frame(opcode, Encoding.ASCII.GetBytes(new string('x', 60_000))));
        }

        await client.AnswerCloseAsync();

        Assert.Equal((1008, "invalid_token"), RawSocket.ReadClose(await client.RestAsync()));
    }

    [Fact]
    public async Task ManyAtOnce_AllGetTheirCode()
    {
        var seed = new[] { Denials.TokenExpired, Denials.TokenRevoked, Denials.StoreUnavailable, Denials.BudgetExceeded }
            .Select(denial => (Signal: server.Signal(denial), Wanted: (denial.CloseCode, denial.Reason)))
            .ToList();

        // Outside xunit's queue, in which a connection may wait for seconds before its handshake is written.
        var closed = await Task.WhenAll(
            Enumerable
                .Range(0, 2000)
                .Select(number =>
                    Task.Run(async () =>
                    {
                        var (signal, wanted) = seed[number % seed.Count];
                        var (client, _) = await server.OpenAsync(signal);
                        using var open = client;
                        await client.AnswerCloseAsync();
                        return (Got: RawSocket.ReadClose(await client.RestAsync()), Wanted: wanted);
                    })
                )
        );

        Assert.All(closed, one => Assert.Equal(one.Wanted, one.Got));
    }

    private static (string Name, string Value) Header(string line) =>
        line.Split(": ", 2) is [var name, var value] ? (name, value) : throw new ArgumentException("No header.", nameof(line));
}
