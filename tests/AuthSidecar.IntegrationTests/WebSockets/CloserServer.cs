using AuthSidecar.IntegrationTests.Servers;
using AuthSidecar.Pipeline;
using AuthSidecar.WebSockets;

namespace AuthSidecar.IntegrationTests.WebSockets;

/// <summary>A sidecar with an open closer, and somebody who knows its peppers and so can say what only a sidecar can.</summary>
public sealed class CloserServer : IAsyncLifetime, IDisposable
{
    private readonly SidecarHome _home = new();
    private CloseSignal _signal = null!;

    internal SidecarProcess Sidecar { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await using (var desk = await KeyDesk.OpenAsync(_home))
        {
            _signal = new(desk.Hasher);
        }

        Sidecar = await SidecarProcess.StartAsync(_home, "sidecar", "--Listen:Closer=http://127.0.0.1:0");
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    public void Dispose() => _home.Dispose();

    internal int Port => Sidecar.Closer.Port;

    /// <summary>The header line by which the closer is told.</summary>
    internal string Signal(Denial denial) => $"x-authsidecar-ws-close: {_signal.Write(denial)}";
}
