using System.Collections.Concurrent;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pricing;

/// <summary>
/// An immutable set of prices. A model's price is found under its name or one of <see cref="PricedNames"/>. The longest name, or glob
/// prefix before the first wildcard, has precedence,
/// and a name before a glob of the same length. Of several prices the latest effective one applies.
/// </summary>
internal sealed class PriceList(IEnumerable<Price> prices)
{
    private const int MostModels = 4096;

    private readonly Dictionary<string, ProviderPrices> _byProvider = prices
        .GroupBy(price => price.Provider, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => new ProviderPrices(group), StringComparer.Ordinal);

    // Clients choose model names: bound the cache.
    private readonly ConcurrentDictionary<(string Provider, string Model), Price[]> _found = new();

    /// <returns>Null: no price.</returns>
    public Price? Find(string provider, string model, DateTimeOffset at)
    {
        foreach (var price in Matching(provider, model))
        {
            if (price.From <= at)
            {
                return price;
            }
        }

        return null;
    }

    /// <summary>As of <see cref="ProviderPrices"/>.</summary>
    public Price? Dearest(string provider, DateTimeOffset at) => _byProvider.GetValueOrDefault(provider)?.Dearest(at);

    /// <summary>As of <see cref="ProviderPrices"/>.</summary>
    public Price? Middle(string provider, DateTimeOffset at) => _byProvider.GetValueOrDefault(provider)?.Middle(at);

    private Price[] Matching(string provider, string model)
    {
        if (!_byProvider.TryGetValue(provider, out var all))
        {
            return [];
        }

        if (_found.TryGetValue((provider, model), out var found))
        {
            return found;
        }

        found = all.Matching(model);
        if (_found.Count < MostModels)
        {
            _found[(provider, model)] = found;
        }

        return found;
    }
}
