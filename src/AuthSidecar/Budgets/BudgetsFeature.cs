using AuthSidecar.Changes;
using AuthSidecar.Configuration;
using AuthSidecar.Pipeline;
using AuthSidecar.Redis;
using AuthSidecar.Usage;

namespace AuthSidecar.Budgets;

internal static class BudgetsFeature
{
    /// <param name="services">Needs the store, a clock, the limiter and prices.</param>
    /// <param name="settings">Cache sizes, and the Redis (registered before) for shared reservations; empty: each replica reserves for itself.</param>
    public static IServiceCollection AddBudgets(this IServiceCollection services, Settings settings)
    {
        if (settings.Redis.ConnectionString is not null)
        {
            services.AddSingleton(provider => new BudgetScript(provider.GetRequiredService<RedisConnection>()));
            services.AddSingleton<RedisProbe>(provider => provider.GetRequiredService<BudgetScript>().ProbeAsync);
            services.AddSingleton<SharedBudgets>();
        }

        return services
            .AddSingleton<BudgetReader>()
            .AddSingleton<BudgetAccounts>()
            .AddSingleton(provider => new CostEstimates(provider.GetRequiredService<TimeProvider>(), settings.Usage.EstimateFloorMicroUsd))
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<PromptCost>(provider, settings.Usage))
            .AddSingleton<BudgetLedger>()
            .AddSingleton<IResourceReleaser, ReservationReturn>()
            .AddSingleton<SettlementHandler>(provider => provider.GetRequiredService<BudgetLedger>().SettleAsync)
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<BudgetCache>(provider, settings.Cache))
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<BudgetCache>());
    }
}
