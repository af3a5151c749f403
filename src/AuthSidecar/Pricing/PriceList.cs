using System.Collections.Concurrent;
using AuthSidecar.Authorization;
using AuthSidecar.Storage;

namespace AuthSidecar.Pricing;

/// <summary>The prices of one moment. Of the globs that match a model a name without wildcards counts most, then the one with more before its first wildcard; of its prices the latest that holds already.</summary>
internal sealed class PriceList(IEnumerable<Price> prices)
{
    private const int MostModels = 4096;

    private readonly Dictionary<string, Price[]> _byProvider = prices
        .GroupBy(price => price.Provider, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, InOrder, StringComparer.Ordinal);

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

        found = Array.FindAll(all, price => Glob.IsMatch(price.Model, model));
        if (_found.Count < MostModels)
        {
            _found[(provider, model)] = found;
        }

        return found;
    }

    private static Price[] InOrder(IEnumerable<Price> prices) =>
    [
        .. prices
            .OrderByDescending(price => LengthOfPrefix(price.Model))
            .ThenByDescending(price => price.Model.Count(letter => letter is not ('*' or '?')))
            .ThenBy(price => price.Model, StringComparer.Ordinal)
            .ThenByDescending(price => price.From),
    ];

    private static int LengthOfPrefix(string glob) => glob.AsSpan().IndexOfAny('*', '?') is var wildcard and >= 0 ? wildcard : int.MaxValue;
}
