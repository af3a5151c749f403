using AuthSidecar.Authentication;
using AuthSidecar.Credentials;
using AuthSidecar.Hosting;
using AuthSidecar.Policies;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;
using AuthSidecar.Upstream;

namespace AuthSidecar.Configuration;

/// <summary>Everything that can be set, with its defaults: the names are the public contract. One immutable-by-habit value for each (re)load.</summary>
internal sealed class Settings
{
    public ListenOptions Listen { get; set; } = new();

    /// <summary>Directory of the SQLite file and generated secrets; mode 0700, made at the first start.</summary>
    public string DataDirectory { get; set; } = "authsidecar-data";

    public StoreOptions Store { get; set; } = new();
    public RedisOptions Redis { get; set; } = new();
    public AuthOptions Auth { get; set; } = new();
    public DelegationOptions Delegation { get; set; } = new();
    public List<JwtOptions> Jwt { get; set; } = [];
    public Dictionary<string, ProviderOptions> Providers { get; set; } = [];
    public Dictionary<string, PolicyOptions> Policies { get; set; } = [];
    public List<RuleOptions> Rules { get; set; } = [];
    public LimitsOptions Limits { get; set; } = new();
    public CacheOptions Cache { get; set; } = new();
    public AppsOptions Apps { get; set; } = new();
    public UsageOptions Usage { get; set; } = new();
    public ShutdownOptions Shutdown { get; set; } = new();
    public TelemetryOptions Telemetry { get; set; } = new();
}
