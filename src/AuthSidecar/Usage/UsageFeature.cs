using AuthSidecar.Configuration;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

internal static class UsageFeature
{
    private const string SpoolDirectory = "spool";

    /// <param name="services">Needs the store, meters and a clock; a <see cref="RowCost"/> and a <see cref="Settlement"/> where there are prices and budgets.</param>
    /// <param name="settings">Sizes and places.</param>
    public static IServiceCollection AddUsage(this IServiceCollection services, Settings settings) => services
        .AddSingleton(new UsageQueue(settings.Usage.QueueCapacity))
        .AddSingleton(provider => new UsageSpool(Path.Combine(settings.DataDirectory, SpoolDirectory), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<UsageMetrics>()
        .AddSingleton<UsageSpill>()
        .AddSingleton(provider => new UsageTables(provider.GetRequiredService<Store>(), provider.GetService<RowCost>() ?? (_ => null), provider.GetService<RowGuess>()))
        .AddSingleton<MissingPrices>()
        .AddSingleton<DeadLetterBox>()
        .AddSingleton<Settler>()
        .AddSingleton<UsageTransfer>()
        // Stopped in reverse: the writer is the last.
        .AddHostedService<UsageWriter>()
        .AddHostedService<UsageOverflow>()
        .AddSingleton(provider => new RefusalCounts(provider.GetRequiredService<UsageQueue>(), settings.Usage, provider.GetRequiredService<TimeProvider>()))
        .AddHostedService(provider => provider.GetRequiredService<RefusalCounts>())
        .AddHostedService(provider => ActivatorUtilities.CreateInstance<UsageRetention>(provider, settings.Usage));
}
