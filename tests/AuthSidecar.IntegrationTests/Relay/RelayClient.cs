using System.Net.WebSockets;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>A client that authenticates with its first message.</summary>
internal sealed class RelayClient(ClientWebSocket socket) : SocketConversation(socket), IDisposable
{
    public const string Success = """{"type":"auth_response","success":true}""";
    public const string Failure = """{"type":"auth_response","success":false}""";

    public string? Subprotocol => socket.SubProtocol;

    public static async Task<RelayClient> ConnectAsync(int port, string target, Action<ClientWebSocketOptions>? with = null)
    {
        using var limit = new CancellationTokenSource(Patience);
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        with?.Invoke(socket.Options);
        await socket.ConnectAsync(new($"ws://127.0.0.1:{port}{target}"), limit.Token);
        return new(socket);
    }

    public Task PresentAsync(string token) => SendTextAsync($$"""{"type":"auth","token":"{{token}}"}""");

    /// <summary>Presents a token that must be accepted.</summary>
    public async Task EnterAsync(string token)
    {
        await PresentAsync(token);
        Assert.Equal(Success, await ReceiveTextAsync());
    }

    /// <summary>Presents a token that must be refused.</summary>
    /// <returns>The close frame.</returns>
    public async Task<(int Code, string Reason)> RefusedAsync(string token)
    {
        await PresentAsync(token);
        Assert.Equal(Failure, await ReceiveTextAsync());
        return await ClosedAsync();
    }

    public void Dispose() => Socket.Dispose();
}
