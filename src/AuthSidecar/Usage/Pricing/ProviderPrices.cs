using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pricing;

/// <summary>The prices of one provider, and substitutes for models without a price.</summary>
internal sealed class ProviderPrices(IEnumerable<Price> prices)
{
    private const string OfGemini = "models/";

    private static readonly char[] _wildcards = ['*', '?'];

    private readonly Price[] _prices =
    [
        .. prices
            .OrderByDescending(price => LengthOfPrefix(price.Model))
            .ThenByDescending(price => price.Model.Count(letter => !_wildcards.Contains(letter)))
            .ThenBy(price => price.Model, StringComparer.Ordinal)
            .ThenByDescending(price => price.From),
    ];

    private Step[]? _steps;

    /// <summary>Prices that match the model, best first: the longest name or glob prefix, a name before a glob.</summary>
    public Price[] Matching(string model)
    {
        var names = PricedNames.Of(model);
        return
        [
            .. _prices
                .Select(price => (Price: price, Fit: FitOf(price.Model, names)))
                .Where(one => one.Fit is not null)
                .OrderByDescending(one => one.Fit)
                .Select(one => one.Price),
        ];
    }

    /// <summary>The highest effective price of each kind of token; null: none is effective yet.</summary>
    public Price? Dearest(DateTimeOffset at) => StepAt(at)?.Dearest;

    /// <summary>
    /// The price for any model (<c>*</c>), or else the medians of the effective input and output prices, the higher of two; null: none is
    /// effective yet.
    /// </summary>
    public Price? Middle(DateTimeOffset at) => StepAt(at)?.Middle;

    private static (int Length, bool IsName)? FitOf(string glob, IReadOnlyList<(string Name, int Length)> names)
    {
        glob = glob.StartsWith(OfGemini, StringComparison.Ordinal) ? glob[OfGemini.Length..] : glob;
        var isName = glob.IndexOfAny(_wildcards) < 0;
        foreach (var (name, length) in names)
        {
            if (isName ? glob == name : Glob.IsMatch(glob, name))
            {
                return (isName ? length : LengthOfPrefix(glob), isName);
            }
        }

        return null;
    }

    private static int LengthOfPrefix(string glob) => glob.IndexOfAny(_wildcards) is var wildcard and >= 0 ? wildcard : int.MaxValue;

    private Step? StepAt(DateTimeOffset at) => Array.FindLast(_steps ??= Steps(), step => step.From <= at);

    // Effective prices change only on their start dates.
    private Step[] Steps() => [.. _prices.Select(price => price.From).Distinct().Order().Select(StepOf)];

    private Step StepOf(DateTimeOffset from)
    {
        var holding = _prices
            .Where(price => price.From <= from)
            .GroupBy(price => price.Model, StringComparer.Ordinal)
            .Select(group => group.MaxBy(price => price.From)!)
            .ToArray();
        var dearest = Of(
            holding.Max(price => price.Input),
            holding.Max(price => price.Output),
            holding.Max(price => price.CachedRead ?? price.Input),
            holding.Max(price => price.CachedWrite ?? price.Input),
            holding.Max(price => price.Reasoning ?? price.Output)
        );
        var middle = Array.Find(holding, price => price.Model == "*")
            ?? Of(MiddleOf(holding.Select(price => price.Input)), MiddleOf(holding.Select(price => price.Output)));
        return new(from, dearest, middle);

        Price Of(long? input, long? output, long? cachedRead = null, long? cachedWrite = null, long? reasoning = null) =>
            new()
            {
                Provider = holding[0].Provider,
                Model = "*",
                From = from,
                Input = input,
                Output = output,
                CachedRead = cachedRead,
                CachedWrite = cachedWrite,
                Reasoning = reasoning,
            };
    }

    private static long? MiddleOf(IEnumerable<long?> prices) =>
        prices.OfType<long>().Order().ToArray() is { Length: > 0 } known ? known[known.Length / 2] : null;

    private sealed record Step(DateTimeOffset From, Price Dearest, Price Middle);
}
