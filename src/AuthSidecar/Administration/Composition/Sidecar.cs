using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using OpenTelemetry.Metrics;

namespace AuthSidecar.Administration.Composition;

/// <summary>A running sidecar, started completely or not at all.</summary>
internal sealed class Sidecar : IAsyncDisposable
{
    private readonly IHost _host;

    private Sidecar(IHost host, IReadOnlyDictionary<Listener, string> addresses)
    {
        _host = host;
        Addresses = addresses;
    }

    /// <summary>Bound address of each listener, with the actual port.</summary>
    public IReadOnlyDictionary<Listener, string> Addresses { get; }

    public IServiceProvider Services => _host.Services;

    public string ReadyLine =>
        $"ready {string.Join(' ', Addresses.Select(bound => $"{bound.Key.ToString().ToLowerInvariant()}={bound.Value}"))}";

    /// <summary>Prepares the store, binds every listener and returns after the warm-up.</summary>
    /// <param name="settings">Checked settings and their later versions.</param>
    /// <param name="replace">Replaces services in tests: the clock, the decision log's output.</param>
    /// <param name="cancellationToken">Aborts the start.</param>
    /// <exception cref="StartStoppedException">A signal stopped the process before it was ready.</exception>
    public static async Task<Sidecar> StartAsync(
        SettingsMonitor settings,
        Action<IServiceCollection>? replace,
        CancellationToken cancellationToken
    )
    {
        var current = settings.Current.Settings;
        var hasher = new KeyHasher(
            await PepperFile.PeppersOfAsync(current.Auth.Peppers, current.DataDirectory, TimeProvider.System, cancellationToken),
            current.Auth.LegacyPepper
        );
        var host = SidecarHost.Build(settings, hasher, replace);
        try
        {
            host.Services.GetRequiredService<LiveOptions<AuthOptions>>().Changed += (_, auth) =>
                hasher.Use(auth.Peppers, auth.LegacyPepper);
            var store = host.Services.GetRequiredService<Store>();
            await store.PrepareAsync(cancellationToken);
            if (host.Services.GetService<InvalidationPublisher>() is { } publisher)
            {
                store.AnnounceOver(publisher);
            }

            // First, so that no measurement precedes its listener.
            _ = host.Services.GetRequiredService<MeterProvider>();

            // Created before any of them starts: a failed start can only then be rolled back by a stop.
            _ = host.Services.GetServices<IHostedService>();
        }
        catch
        {
            await DisposeAsync(host);
            throw;
        }

        try
        {
            await StartAsync(host, cancellationToken);
            settings.Start();
            return new(host, BoundAddresses(host, current.Listen));
        }
        catch
        {
            await host.StopAsync(CancellationToken.None);
            await DisposeAsync(host);
            throw;
        }
    }

    /// <summary>Ends the drain of a stop before its time.</summary>
    public void EndDrain() => Services.GetRequiredService<Lifecycle>().EndDrain();

    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    /// <summary>Returns after SIGTERM or Ctrl+C, once drained and stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _host.WaitForShutdownAsync(cancellationToken);

    public ValueTask DisposeAsync() => DisposeAsync(_host);

    private static async Task StartAsync(IHost host, CancellationToken cancellationToken)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new StartStoppedException();
        }

        if (stopping.IsCancellationRequested && !host.Services.GetRequiredService<Readiness>().IsServing)
        {
            throw new StartStoppedException();
        }
    }

    private static Dictionary<Listener, string> BoundAddresses(IHost host, ListenOptions listen)
    {
        const string UnixScheme = "http://unix:";
        var bound = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return Listeners
            .Open(listen)
            .Zip(bound, (listener, address) =>
                (
                    listener.Listener,
                    Address: address.StartsWith(UnixScheme, StringComparison.Ordinal) ? address["http://".Length..] : address
                )
            )
            .ToDictionary(listener => listener.Listener, listener => listener.Address);
    }

    private static async ValueTask DisposeAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
        else
        {
            host.Dispose();
        }
    }
}
