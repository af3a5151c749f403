using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.Policies;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
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
/// The whole configuration with its defaults. The names are a public contract. Each load makes a new value, which does not change
/// afterwards.
/// </summary>
internal sealed class SidecarSettings
{
    /// <summary>Addresses of the listeners.</summary>
    [NeedsRestart]
    public ListenOptions Listen { get; set; } = new();

    /// <summary>Directory of the SQLite file and generated secrets; mode 0700, created at the first start.</summary>
    [NeedsRestart]
    public string DataDirectory { get; set; } = "authsidecar-data";

    /// <summary>Database of keys, users and usage.</summary>
    [NeedsRestart]
    public StoreOptions Store { get; set; } = new();

    /// <summary>Redis that replicas share.</summary>
    [NeedsRestart]
    public RedisOptions Redis { get; set; } = new();

    /// <summary>Accepted credentials and their secrets.</summary>
    public AuthOptions Auth { get; set; } = new();

    /// <summary>Parties that may act for a key.</summary>
    public DelegationOptions Delegation { get; set; } = new();

    /// <summary>Issuers whose ID tokens are accepted.</summary>
    public List<JwtOptions> Jwt { get; set; } = [];

    /// <summary>Upstream APIs by name.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; set; } = [];

    /// <summary>Requirements of routes, by name.</summary>
    public Dictionary<string, PolicyOptions> Policies { get; set; } = [];

    /// <summary>Policies of requests whose Envoy route names none.</summary>
    public List<RuleOptions> Rules { get; set; } = [];

    /// <summary>Limits that no policy overrides.</summary>
    public LimitsOptions Limits { get; set; } = new();

    /// <summary>Sizes and lifetimes of the caches.</summary>
    [NeedsRestart]
    public CacheOptions Cache { get; set; } = new();

    /// <summary>Apps and their members.</summary>
    public AppsOptions Apps { get; set; } = new();

    /// <summary>Usage records.</summary>
    [NeedsRestart]
    public UsageOptions Usage { get; set; } = new();

    /// <summary>Pages and REST API for people.</summary>
    [NeedsRestart]
    public ConsoleOptions Console { get; set; } = new();

    /// <summary>Tokens for devices (RFC 8628).</summary>
    public DeviceOptions Device { get; set; } = new();

    /// <summary>Identity providers with which people sign in.</summary>
    [NeedsRestart]
    public List<LoginOptions> Login { get; set; } = [];

    /// <summary>Decisions before ready.</summary>
    [NeedsRestart]
    public WarmUpOptions WarmUp { get; set; } = new();

    /// <summary>Drain at a stop.</summary>
    [NeedsRestart]
    public ShutdownOptions Shutdown { get; set; } = new();

    /// <summary>Logs, metrics and traces.</summary>
    [NeedsRestart]
    public TelemetryOptions Telemetry { get; set; } = new();
}
