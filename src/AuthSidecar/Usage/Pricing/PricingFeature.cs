using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Pricing;

internal static class PricingFeature
{
    /// <summary>Prices of usage; needs the store and the settings.</summary>
    public static IServiceCollection AddPricing(this IServiceCollection services) =>
        services
            .AddSingleton<PriceBook>()
            .AddSingleton<ICacheInvalidationHandler>(provider => provider.GetRequiredService<PriceBook>())
            .AddSingleton<RowCost>(provider => provider.GetRequiredService<PriceBook>().CostOf)
            .AddSingleton<RowGuess>(provider => provider.GetRequiredService<PriceBook>().GuessOf);
}
