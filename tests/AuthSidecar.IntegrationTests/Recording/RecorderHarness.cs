using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>A sidecar in this process, with prices that are easy to add up, and a recording service.</summary>
internal sealed class RecorderHarness : IAsyncDisposable
{
    private readonly SettingsMonitor _settings;
    private readonly Sidecar _sidecar;
    private readonly GrpcChannel _channel;

    private RecorderHarness(SidecarSandbox sandbox, SettingsMonitor settings, Sidecar sidecar)
    {
        (Sandbox, _settings, _sidecar) = (sandbox, settings, sidecar);
        _channel = GrpcChannel.ForAddress(Address);
        Recorder = new(_channel);
        Authorizer = new(_channel);
    }

    public static Metadata Headers => new() { { "authorization", $"Bearer {SidecarSandbox.ServiceCredential}" } };

    public SidecarSandbox Sandbox { get; }

    public string Address => _sidecar.Addresses[Listener.Companion];

    public Recorder.RecorderClient Recorder { get; }

    public Authorizer.AuthorizerClient Authorizer { get; }

    public Store Store => _sidecar.Services.GetRequiredService<Store>();

    public UsageQueue Queue => _sidecar.Services.GetRequiredService<UsageQueue>();

    /// <param name="sandbox">Names the store.</param>
    /// <param name="replace">Replaces services.</param>
    public static async Task<RecorderHarness> StartAsync(SidecarSandbox sandbox, Action<IServiceCollection>? replace = null)
    {
        var source = new SettingsSource(sandbox.ConfigFile, new Dictionary<string, string>(), [], sandbox.Root);
        var loaded = SettingsLoader.Load(source);
        Assert.True(loaded.Settings is not null, string.Join('\n', loaded.Errors));
        var settings = new SettingsMonitor(source, loaded, TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        Action<IServiceCollection> always = services =>
            services.AddSingleton(new DecisionLog(TimeProvider.System, Stream.Null)).AddSingleton<RowCost>(UsageHarness.CostOf);
        return new(sandbox, settings, await Sidecar.StartAsync(settings, always + replace, CancellationToken.None));
    }

    /// <summary>The stored usage, once it has this many rows.</summary>
    public async Task<UsageState> UsageAsync(int rows)
    {
        await Eventually.TrueAsync(async () => (await UsageState.ReadAsync(Store)).Rows.Count == rows, $"{rows} rows");

        // Read only now: a write between two reads would show in only one of them.
        var state = await UsageState.ReadAsync(Store);
        state.MustAddUp();
        return state;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _settings.Dispose();
    }
}
