using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.BudgetAlerts;

internal static class BudgetAlertsFeature
{
    /// <param name="services">With the budgets, whose settlement it observes; needs the options, the store, meters and a clock.</param>
    public static IServiceCollection AddBudgetAlerts(this IServiceCollection services) =>
        services
            .AddSingleton<BudgetAlertMetrics>()
            .AddSingleton<BudgetAlertFinder>()
            .AddSingleton<BudgetWebhook>()
            .AddSingleton<BudgetAlertService>()
            .AddSingleton<SettlementHandler>(provider =>
                provider.GetRequiredService<BudgetAlertService>().After(provider.GetRequiredService<BudgetLedger>().SettleAsync)
            );
}
