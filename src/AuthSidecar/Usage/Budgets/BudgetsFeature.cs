using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Budgets;

internal static class BudgetsFeature
{
    /// <param name="services">Needs the options, the store, a clock, the limiter and prices.</param>
    /// <param name="redis">The Redis (registered before) for shared reservations; empty: each replica reserves for itself.</param>
    public static IServiceCollection AddBudgets(this IServiceCollection services, RedisOptions redis)
    {
        if (redis.ConnectionString is not null)
        {
            services.AddSingleton(provider => new BudgetScript(provider.GetRequiredService<RedisConnection>()));
            services.AddSingleton<RedisProbe>(provider => provider.GetRequiredService<BudgetScript>().ProbeAsync);
            services.AddSingleton<SharedBudgets>();
        }

        return services
            .AddSingleton<BudgetReader>()
            .AddSingleton<BudgetAccounts>()
            .AddSingleton(provider => new CostEstimates(
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<UsageOptions>().EstimateFloorMicroUsd
            ))
            .AddSingleton<PromptCost>()
            .AddSingleton<BudgetLedger>()
            .AddSingleton<IResourceReleaser, ReservationReleaser>()
            .AddSingleton<SettlementHandler>(provider => provider.GetRequiredService<BudgetLedger>().SettleAsync)
            .AddSingleton<BudgetCache>()
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<BudgetCache>());
    }
}
