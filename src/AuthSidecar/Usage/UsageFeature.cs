using AuthSidecar.Configuration;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

internal static class UsageFeature
{
    private const string SpoolDirectory = "spool";

    /// <param name="services">Needs the store, meters and a clock; a <see cref="RowCost"/> and a <see cref="SettlementHandler"/> where there are prices and budgets.</param>
    /// <param name="settings">Sizes and the data directory.</param>
    public static IServiceCollection AddUsage(this IServiceCollection services, Settings settings) => services
        .AddSingleton(new UsageQueue(settings.Usage.QueueCapacity))
        .AddSingleton(provider => new UsageSpool(Path.Combine(settings.DataDirectory, SpoolDirectory), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<UsageMetrics>()
        .AddSingleton(provider => new UsageRepository(provider.GetRequiredService<Store>(), provider.GetService<RowCost>() ?? (_ => null), provider.GetService<RowGuess>()))
        .AddSingleton<MissingPrices>()
        .AddSingleton<DeadLetterBox>()
        .AddSingleton<SettlementNotifier>()
        .AddSingleton<UsageBatchWriter>()
        // Hosted services stop in reverse order: the writer is the last.
        .AddHostedService<UsageWriter>()
        .AddSingleton(provider => new RefusalCounts(provider.GetRequiredService<UsageQueue>(), settings.Usage, provider.GetRequiredService<TimeProvider>()))
        .AddHostedService(provider => provider.GetRequiredService<RefusalCounts>())
        .AddHostedService(provider => ActivatorUtilities.CreateInstance<UsageRetention>(provider, settings.Usage));
}
