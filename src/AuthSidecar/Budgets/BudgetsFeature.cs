using AuthSidecar.Changes;
using AuthSidecar.Configuration;

namespace AuthSidecar.Budgets;

internal static class BudgetsFeature
{
    public static IServiceCollection AddBudgets(this IServiceCollection services, Settings settings) => services
        .AddSingleton<BudgetReader>()
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<BudgetCache>(provider, settings.Cache))
        .AddSingleton<IChangeFollower>(provider => provider.GetRequiredService<BudgetCache>());
}
