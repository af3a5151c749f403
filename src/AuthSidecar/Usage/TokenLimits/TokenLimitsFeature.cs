using System.Diagnostics.Metrics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>Limits of the tokens that a provider counts.</summary>
internal static class TokenLimitsFeature
{
    /// <param name="services">Needs the settings and a clock.</param>
    /// <param name="redis">The Redis (registered before) for shared windows; empty: each replica counts its own requests.</param>
    public static IServiceCollection AddTokenLimits(this IServiceCollection services, RedisOptions redis)
    {
        services
            .AddSingleton<MemoryTokenWindows>()
            .AddSingleton(provider => new TokenMetrics(
                provider.GetRequiredService<IMeterFactory>().Create(MeterNames.Sidecar),
                provider.GetRequiredService<MemoryTokenWindows>()
            ))
            .AddSingleton<TokenSettlement>()
            .AddSingleton<CommittedRows>(provider => provider.GetRequiredService<TokenSettlement>().Settle)
            .AddSingleton<IResourceReleaser, TokenReleaser>();
        return redis.ConnectionString is null
            ? services.AddSingleton<ITokenWindows>(provider => provider.GetRequiredService<MemoryTokenWindows>())
            : services
                .AddSingleton(provider => new TokenScript(provider.GetRequiredService<RedisConnection>()))
                .AddSingleton<RedisProbe>(provider => provider.GetRequiredService<TokenScript>().ProbeAsync)
                .AddSingleton<ITokenWindows, SharedTokenWindows>();
    }
}
