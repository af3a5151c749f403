using AuthSidecar.Hosting;

namespace AuthSidecar.Demo;

/// <summary>Everything that the demo runs: upstream, sidecar, people and their keys, and Envoy where there is one. It starts whole and goes whole.</summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];

    private DemoWorld(DemoDirectory directory) => Directory = directory;

    public DemoDirectory Directory { get; }

    public DemoSecrets Secrets { get; } = new();

    public DemoUpstream Upstream { get; private set; } = null!;

    public DemoSidecar Sidecar { get; private set; } = null!;

    public DemoPeople People { get; private set; } = null!;

    public DemoKeys Keys { get; private set; } = null!;

    /// <summary>Null where there is none.</summary>
    public EnvoyProcess? Envoy { get; private set; }

    public IDoor Door { get; private set; } = null!;

    public static async Task<DemoWorld> StartAsync(DemoDirectory directory, string? envoy, CancellationToken cancellationToken)
    {
        var world = new DemoWorld(directory);
        try
        {
            await world.StartAsync(envoy, cancellationToken);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartAsync(string? envoy, CancellationToken cancellationToken)
    {
        var arrivals = new Arrivals();
        var anyPort = new ListenAddress("http://127.0.0.1:0", System.Net.IPAddress.Loopback, 0, null, IsLoopback: true);
        Upstream = Keep(await DemoUpstream.StartAsync(anyPort, arrivals.Keep, cancellationToken));
        Sidecar = Keep(await DemoSidecar.StartAsync(Directory, Secrets, Upstream.Address, cancellationToken));
        People = Keep(await DemoPeople.OpenAsync(Sidecar.Settings, cancellationToken));
        Keys = await People.CreateAsync(Secrets, cancellationToken);
        if (envoy is null)
        {
            Door = Keep(new CheckDoor(Sidecar, arrivals));
            return;
        }

        var configuration = ShippedFiles.Envoy(Sidecar.Addresses[Listener.Check], PortOf(Listener.Closer), PortOf(Listener.Relay), Upstream.Address.Port);
        Envoy = Keep(await EnvoyProcess.StartAsync(envoy, configuration, Directory, cancellationToken));
        Door = Keep(new EnvoyDoor(Envoy.Address, arrivals));
    }

    private int PortOf(Listener listener) => new Uri(Sidecar.Addresses[listener]).Port;

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Add(part);
        return part;
    }
}
