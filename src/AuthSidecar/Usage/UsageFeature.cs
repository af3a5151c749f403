using AuthSidecar.Configuration;

namespace AuthSidecar.Usage;

internal static class UsageFeature
{
    /// <param name="services">Needs the store and a clock; a <see cref="RowCost"/> and a <see cref="Settlement"/> where there are prices and budgets.</param>
    /// <param name="settings">How many parts may wait.</param>
    public static IServiceCollection AddUsage(this IServiceCollection services, Settings settings) => services
        .AddSingleton(new UsageQueue(settings.Usage.QueueCapacity));
}
