using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>One sidecar process with a user's key, for tests that write HTTP/2 themselves.</summary>
public sealed class WireSidecar : IAsyncLifetime, IDisposable
{
    private SidecarProcess? _process;

    internal SidecarSandbox Sandbox { get; } = new();

    internal SidecarProcess Process => _process!;

    internal string Token { get; private set; } = "";

    /// <summary>A Check request with the key that is allowed, as one gRPC message.</summary>
    internal byte[] Allowed => RawCall.Frame(RawCall.CheckRequest(Token));

    internal Task<RawConnection> CheckAsync() => RawConnection.OpenAsync(Process.Check);

    internal Task<RawConnection> CompanionAsync() => RawConnection.OpenAsync(Process.Companion);

    public async Task InitializeAsync()
    {
        await using var seeder = await KeySeeder.OpenAsync(Sandbox);
        await seeder.AddUserAsync("ada");
        Token = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
        _process = await SidecarProcess.StartAsync(Sandbox);
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    public void Dispose() => Sandbox.Dispose();
}
