using System.Collections.Concurrent;
using AuthSidecar.Storage;

namespace AuthSidecar.Pricing;

/// <summary>
/// The prices of one moment. A model's price is found under its name, or under one of <see cref="PricedNames"/>; the longest name, or the glob with more before its first wildcard,
/// counts most, and at the same length the name. Of its prices the latest counts that holds already.
/// </summary>
internal sealed class PriceList(IEnumerable<Price> prices)
{
    private const int MostModels = 4096;

    private readonly Dictionary<string, ProviderPrices> _byProvider = prices
        .GroupBy(price => price.Provider, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => new ProviderPrices(group), StringComparer.Ordinal);

    // Models' names come from outside: only so many are remembered.
    private readonly ConcurrentDictionary<(string Provider, string Model), Price[]> _found = new();

    /// <returns>Null: there is none.</returns>
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
