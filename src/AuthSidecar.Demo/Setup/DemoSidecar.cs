using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Demo.Workspace;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Demo.Setup;

/// <summary>The real sidecar in this process, with the shipped settings, its own socket and ports chosen by the kernel.</summary>
internal sealed class DemoSidecar : IAsyncDisposable
{
    /// <summary>Name of the decision log.</summary>
    public const string Decisions = "decisions.jsonl";

    private readonly FileLog _log;
    private readonly SettingsMonitor _monitor;
    private readonly Sidecar _sidecar;

    private DemoSidecar(FileLog log, SettingsMonitor monitor, Sidecar sidecar) => (_log, _monitor, _sidecar) = (log, monitor, sidecar);

    public SidecarSettings Settings => _monitor.Current.Settings;

    public IReadOnlyDictionary<Listener, string> Addresses => _sidecar.Addresses;

    public IServiceProvider Services => _sidecar.Services;

    public Store Store => Services.GetRequiredService<Store>();

    public static async Task<DemoSidecar> StartAsync(
        DemoDirectory directory,
        DemoSecrets secrets,
        Uri upstream,
        CancellationToken cancellationToken
    )
    {
        var source = Source(directory, secrets, upstream);
        var loaded = SettingsLoader.Load(source);
        if (loaded.Settings is null)
        {
            throw new DemoFailure($"The demo's settings are wrong:\n{string.Join('\n', loaded.Errors)}");
        }

        var log = new FileLog(directory.File("sidecar.log"));
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        var monitor = new SettingsMonitor(source, loaded, TimeProvider.System, logging.CreateLogger<SettingsMonitor>());
        try
        {
            var decisions = new FileStream(directory.File(Decisions), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            var sidecar = await Sidecar.StartAsync(monitor, services => LogToFiles(services, log, decisions), cancellationToken);
            return new(log, monitor, sidecar);
        }
        catch
        {
            monitor.Dispose();
            log.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _sidecar.StopAsync(CancellationToken.None);
        await _sidecar.DisposeAsync();
        _monitor.Dispose();
        _log.Dispose();
    }

    // Ignores the caller's environment, so that the demo is the same on every machine.
    private static SettingsSource Source(DemoDirectory directory, DemoSecrets secrets, Uri upstream)
    {
        File.WriteAllText(directory.File("authsidecar.json"), ShippedFiles.Sidecar);
        var environment = new Dictionary<string, string>
        {
            ["OPENAI_API_KEY"] = secrets.OpenAi,
            ["ANTHROPIC_API_KEY"] = secrets.Anthropic,
            ["DEMO_GATEWAY_KEY"] = secrets.GatewayKey,
        };
        string[] overrides =
        [
            $"--Listen:Check={CheckAddress(directory)}",
            "--Listen:Companion=http://127.0.0.1:0",
            "--Listen:Console=http://127.0.0.1:0",
            "--Listen:Closer=http://127.0.0.1:0",
            "--Listen:Relay=http://127.0.0.1:0",
            $"--Policies:relay:Relay=ws://{upstream.Authority}",
            $"--DataDirectory={directory.File("data")}",
            "--Delegation:GatewayKeys:0=env:DEMO_GATEWAY_KEY",
            "--Policies:openai:Delegation=gateway_key",
            "--Device:Clients:0:Id=authsidecar-cli",
            "--Device:Clients:0:Title=AuthSidecar command line",
            "--Device:Clients:0:Scopes:0=llm:invoke",
            "--Device:Clients:0:Scopes:1=apps:run",
            "--WarmUp:MaxSeconds=0",
            "--Shutdown:DrainSeconds=0",
        ];
        return new(directory.File("authsidecar.json"), environment, overrides, directory.FullName);
    }

    // Check listens on a unix socket on Linux only, where the kernel reports the peer's credentials.
    private static string CheckAddress(DemoDirectory directory) =>
        OperatingSystem.IsLinux() ? $"unix:{directory.File("check.sock")}" : "http://127.0.0.1:0";

    private static void LogToFiles(IServiceCollection services, FileLog log, Stream decisions)
    {
        services.RemoveAll<ILoggerProvider>();
        services.AddSingleton<ILoggerProvider>(log);
        services.Replace(ServiceDescriptor.Singleton(provider => new DecisionLog(provider.GetRequiredService<TimeProvider>(), decisions)));
    }
}
