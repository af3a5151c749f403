using AuthSidecar.Administration.Web;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Demo.Setup;
using AuthSidecar.Demo.Upstream;
using AuthSidecar.Demo.Workspace;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Demo;

/// <summary>All parts of the demo: upstream, sidecar, users with keys, and Envoy if found; started and stopped together.</summary>
internal sealed class DemoEnvironment : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _resources = [];

    private DemoEnvironment(DemoDirectory directory) => Directory = directory;

    public DemoDirectory Directory { get; }

    public DemoSecrets Secrets { get; } = new();

    public DemoUpstream Upstream { get; private set; } = null!;

    public DemoSidecar Sidecar { get; private set; } = null!;

    public DemoAccounts Accounts { get; private set; } = null!;

    public DemoKeys Keys { get; private set; } = null!;

    /// <summary>Null when no Envoy was found.</summary>
    public EnvoyProcess? Envoy { get; private set; }

    public IDemoClient Client { get; private set; } = null!;

    public static async Task<DemoEnvironment> StartAsync(DemoDirectory directory, string? envoy, CancellationToken cancellationToken)
    {
        var environment = new DemoEnvironment(directory);
        try
        {
            await environment.StartAsync(envoy, cancellationToken);
            return environment;
        }
        catch
        {
            await environment.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var resource in Enumerable.Reverse(_resources))
        {
            await resource.DisposeAsync();
        }
    }

    private async Task StartAsync(string? envoy, CancellationToken cancellationToken)
    {
        var received = new ReceivedRequests();
        var anyPort = new ListenAddress("http://127.0.0.1:0", System.Net.IPAddress.Loopback, 0, null, IsLoopback: true);
        Upstream = Keep(await DemoUpstream.StartAsync(anyPort, received.Add, cancellationToken));
        Sidecar = Keep(await DemoSidecar.StartAsync(Directory, Secrets, Upstream.Address, cancellationToken));
        Accounts = Keep(await DemoAccounts.OpenAsync(Sidecar.Settings, cancellationToken));
        Keys = await Accounts.CreateAsync(Secrets, cancellationToken);
        if (envoy is null)
        {
            Client = Keep(new CheckApiClient(Sidecar, received));
            return;
        }

        var check = Sidecar.Addresses[Listener.Check];
        var configuration = ShippedFiles.Envoy(check, PortOf(Listener.Closer), PortOf(Listener.Relay), Upstream.Address.Port);
        Envoy = Keep(await EnvoyProcess.StartAsync(envoy, configuration, Directory, cancellationToken));
        Client = Keep(new EnvoyClient(Envoy.Address, received));

        // The kernel has only now chosen the port.
        Sidecar.Services.GetRequiredService<ConsoleOptions>().GatewayUrl = Envoy.Address.GetLeftPart(UriPartial.Authority);
    }

    private int PortOf(Listener listener) => new Uri(Sidecar.Addresses[listener]).Port;

    private T Keep<T>(T resource)
        where T : IAsyncDisposable
    {
        _resources.Add(resource);
        return resource;
    }
}
