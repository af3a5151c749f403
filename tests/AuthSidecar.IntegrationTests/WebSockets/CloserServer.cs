using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.WebSockets.Closer;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>A sidecar with an open closer, and a client with its peppers that can sign like a sidecar.</summary>
public sealed class CloserServer : IAsyncLifetime, IDisposable
{
    private const int MostAttempts = 20;

    private readonly SidecarSandbox _sandbox = new();
    private CloseSignal _signal = null!;

    internal SidecarProcess Sidecar { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await using (var seeder = await KeySeeder.OpenAsync(_sandbox))
        {
            _signal = new(seeder.Hasher);
        }

        Sidecar = await SidecarProcess.StartAsync(_sandbox, "sidecar", "--Listen:Closer=http://127.0.0.1:0");
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    public void Dispose() => _sandbox.Dispose();

    internal int Port => Sidecar.Closer.Port;

    /// <summary>
    /// A WebSocket that the closer has opened, and the head of its response. Retries when a busy machine misses the closer's two seconds.
    /// </summary>
    internal async Task<(RawSocket Client, string Head)> OpenAsync(params string[] headers)
    {
        for (var attempt = 1; ; attempt++)
        {
            var client = await RawSocket.ConnectAsync(Port);
            try
            {
                await client.SendAsync(RawSocket.Handshake("/live?room=7", headers));
                return (client, await client.HeadAsync());
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                client.Dispose();
            }
        }
    }

    /// <summary>The header line with the refusal for the closer.</summary>
    internal string Signal(Denial denial) => $"x-authsidecar-ws-close: {_signal.Write(denial)}";
}
