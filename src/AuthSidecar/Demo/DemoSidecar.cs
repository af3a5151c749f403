using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Hosting;
using AuthSidecar.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AuthSidecar.Demo;

/// <summary>The real sidecar in this process, with the settings of envoy/authsidecar.json on ports that the kernel chooses and a socket of its own.</summary>
internal sealed class DemoSidecar : IAsyncDisposable
{
    /// <summary>Name of the file with the decisions.</summary>
    public const string Decisions = "decisions.jsonl";

    private readonly FileLog _log;
    private readonly SettingsMonitor _monitor;
    private readonly Sidecar _sidecar;

    private DemoSidecar(FileLog log, SettingsMonitor monitor, Sidecar sidecar) => (_log, _monitor, _sidecar) = (log, monitor, sidecar);

    public Settings Settings => _monitor.Current.Settings;

    public IReadOnlyDictionary<Listener, string> Addresses => _sidecar.Addresses;

    public Store Store => _sidecar.Services.GetRequiredService<Store>();

    public static async Task<DemoSidecar> StartAsync(DemoDirectory directory, DemoSecrets secrets, Uri upstream, CancellationToken cancellationToken)
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
            return new(log, monitor, await Sidecar.StartAsync(monitor, services => Quieten(services, log, decisions), cancellationToken));
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

    // Nothing of the caller's environment: the demo is the same on every machine.
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
            $"--Listen:Check={CheckAddress(directory)}", "--Listen:Companion=http://127.0.0.1:0", "--Listen:Console=http://127.0.0.1:0", "--Listen:Closer=http://127.0.0.1:0", "--Listen:Relay=http://127.0.0.1:0",
            $"--Policies:relay:Relay=ws://{upstream.Authority}",
            $"--DataDirectory={directory.File("data")}", "--Delegation:GatewayKeys:0=env:DEMO_GATEWAY_KEY", "--Policies:openai:Delegation=gateway_key",
            "--Shutdown:DrainSeconds=0",
        ];
        return new(directory.File("authsidecar.json"), environment, overrides, directory.FullName);
    }

    // The kernel says on Linux alone who connects to a socket, and elsewhere there is none of Check.
    private static string CheckAddress(DemoDirectory directory) => OperatingSystem.IsLinux() ? $"unix:{directory.File("check.sock")}" : "http://127.0.0.1:0";

    private static void Quieten(IServiceCollection services, FileLog log, Stream decisions)
    {
        services.RemoveAll<ILoggerProvider>();
        services.AddSingleton<ILoggerProvider>(log);
        services.Replace(ServiceDescriptor.Singleton(provider => new DecisionLog(provider.GetRequiredService<TimeProvider>(), decisions)));
    }
}
