using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.Policies;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Administration.Settings;

/// <summary>
/// Everything that can be set, with its defaults: the names are the public contract. One immutable-by-habit value for each (re)load.
/// </summary>
internal sealed class SidecarSettings
{
    /// <summary>Where it listens.</summary>
    [NeedsRestart]
    public ListenOptions Listen { get; set; } = new();

    /// <summary>Directory of the SQLite file and generated secrets; mode 0700, made at the first start.</summary>
    [NeedsRestart]
    public string DataDirectory { get; set; } = "authsidecar-data";

    /// <summary>Where keys and users are kept.</summary>
    [NeedsRestart]
    public StoreOptions Store { get; set; } = new();

    /// <summary>What replicas share.</summary>
    [NeedsRestart]
    public RedisOptions Redis { get; set; } = new();

    /// <summary>What authenticates.</summary>
    public AuthOptions Auth { get; set; } = new();

    /// <summary>Who may act for a key.</summary>
    public DelegationOptions Delegation { get; set; } = new();

    /// <summary>Issuers whose ID tokens are accepted.</summary>
    public List<JwtOptions> Jwt { get; set; } = [];

    /// <summary>Upstream APIs by name.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; set; } = [];

    /// <summary>What routes need, by name.</summary>
    public Dictionary<string, PolicyOptions> Policies { get; set; } = [];

    /// <summary>Which policy a request falls under when Envoy's route names none.</summary>
    public List<RuleOptions> Rules { get; set; } = [];

    /// <summary>Limits that no policy overrides.</summary>
    public LimitsOptions Limits { get; set; } = new();

    /// <summary>What is remembered, and how long.</summary>
    [NeedsRestart]
    public CacheOptions Cache { get; set; } = new();

    /// <summary>Apps and their members.</summary>
    public AppsOptions Apps { get; set; } = new();

    /// <summary>Usage records.</summary>
    [NeedsRestart]
    public UsageOptions Usage { get; set; } = new();

    /// <summary>Stopping.</summary>
    [NeedsRestart]
    public ShutdownOptions Shutdown { get; set; } = new();

    /// <summary>Logs, metrics, traces.</summary>
    [NeedsRestart]
    public TelemetryOptions Telemetry { get; set; } = new();
}
