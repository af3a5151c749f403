using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Benchmarks;

/// <summary>A complete sidecar in this process, for measurements without gRPC.</summary>
internal sealed class LocalSidecar : IAsyncDisposable
{
    private readonly SettingsMonitor _settings;
    private readonly Sidecar _sidecar;

    private LocalSidecar(SettingsMonitor settings, Sidecar sidecar)
    {
        (_settings, _sidecar) = (settings, sidecar);
        Pipeline = sidecar.Services.GetRequiredService<CheckPipeline>();
        Writer = sidecar.Services.GetRequiredService<CheckResponseWriter>();
    }

    /// <summary>The peppers, from which the ids of decisions are derived.</summary>
    public KeyHasher Peppers => _sidecar.Services.GetRequiredService<KeyHasher>();

    public CheckPipeline Pipeline { get; }

    public CheckResponseWriter Writer { get; }

    public static async Task<LocalSidecar> StartAsync(SidecarSandbox sandbox)
    {
        var source = new SettingsSource(sandbox.ConfigFile, new Dictionary<string, string>(), [], sandbox.Root);
        var settings = new SettingsMonitor(source, SettingsLoader.Load(source), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
        return new(settings, await Sidecar.StartAsync(settings, null, CancellationToken.None));
    }

    public async Task<CheckAnswer> CheckAsync(CheckRequest request)
    {
        var check = new CheckContext(CheckRequestReader.Read(request.ToByteArray()), DecisionIds.Next(TimeProvider.System));
        return Writer.Write(check, await Pipeline.RunAsync(check, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _settings.Dispose();
    }
}
