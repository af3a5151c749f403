using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

internal static class UsageFeature
{
    private const string SpoolDirectory = "spool";

    /// <param name="services">Needs the options, the store, meters and a clock; a <see cref="RowCost"/> and a
    /// <see cref="SettlementHandler"/> where there are prices and budgets.</param>
    /// <param name="dataDirectory">Directory of the spool.</param>
    public static IServiceCollection AddUsage(this IServiceCollection services, string dataDirectory) =>
        services
            .AddSingleton(provider => new UsageQueue(provider.GetRequiredService<UsageOptions>().QueueCapacity))
            .AddSingleton(provider => new UsageSpool(
                Path.Combine(dataDirectory, SpoolDirectory),
                provider.GetRequiredService<TimeProvider>()
            ))
            .AddSingleton<UsageMetrics>()
            .AddSingleton(provider => new UsageRepository(
                provider.GetRequiredService<Store>(),
                provider.GetService<RowCost>() ?? (_ => null),
                provider.GetService<RowGuess>()
            ))
            .AddSingleton<MissingPrices>()
            .AddSingleton<DeadLetterBox>()
            .AddSingleton<SettlementNotifier>()
            .AddSingleton<UsageBatchWriter>()
            .AddSingleton<UsageWriter>()
            .AddSingleton<RefusalCounts>()
            .AddSingleton<OldUsage>()
            .AddSingleton<UsageRetention>();
}
