using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.Pricing;

/// <summary>
/// Calculates costs from the prices in the store. Prices are loaded on first use and reloaded after an import; Check uses the loaded ones.
/// </summary>
internal sealed class PriceBook(Store store, MissingPrices? missing = null) : ICacheInvalidationHandler
{
    private const int PatienceSeconds = 2;
    private static readonly Dialect[] _dialectsWithModels = [Dialect.AzureOpenai, Dialect.Gemini];

    private const long MillisecondsBetweenReads = 1000;

    private readonly Lock _reading = new();
    private long _version;
    private volatile Edition? _current;
    private long _nextRead = long.MinValue;

    /// <returns>Millionths of the currency; null: unknown, because usage or price is missing.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read.</exception>
    public long? CostOf(UsageRow row) =>
        row.Facts.HasFlag(UsageFacts.HasUsage) && PriceOf(row, Current()) is { } price ? ChargedTokens.Of(row).At(price) : null;

    /// <summary>
    /// Estimates the cost of a row with incomplete tokens or price: counted tokens without a price at the provider's highest price;
    /// observed amounts at the model's price, or else at the provider's median.
    /// </summary>
    /// <returns>Millionths of the currency; null: the provider has no price.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read.</exception>
    public long? GuessOf(UsageRow row)
    {
        if (row.Provider is not { } provider)
        {
            return null;
        }

        var prices = Current();
        var (price, tokens, seen) = (PriceOf(row, prices), ChargedTokens.Of(row), ChargedTokens.Seen(row));
        var counted =
            row.Facts.HasFlag(UsageFacts.HasUsage) && (price is null || tokens.At(price) is null)
                ? tokens.At(prices.Dearest(provider, row.Time))
                : null;
        var least = seen.At(price) ?? seen.At(prices.Middle(provider, row.Time));
        return counted > least ? counted : least ?? counted;
    }

    /// <summary>Expected cost of a request at the model's price, or else at the provider's median, from the loaded prices.</summary>
    /// <param name="provider">Name in <c>Providers</c>.</param>
    /// <param name="model">Null: unknown.</param>
    /// <param name="at">Time of the request.</param>
    /// <param name="input">Tokens of the prompt.</param>
    /// <param name="output">Tokens of the response; 0: unknown.</param>
    /// <returns>Millionths of the currency; 0: no price yet.</returns>
    public long Expect(string provider, string? model, DateTimeOffset at, long input, long output)
    {
        var (prices, tokens) = (Latest(), new ChargedTokens(input, output, 0, 0, 0));
        return prices is null
            ? 0
            : tokens.At(model is null ? null : prices.Find(provider, model, at)) ?? tokens.At(prices.Middle(provider, at)) ?? 0;
    }

    /// <returns>False: the provider has no price for the model or, for null, for any model.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read.</exception>
    public async ValueTask<bool> HasPriceAsync(string provider, string? model, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var prices = Latest() ?? await Task.Run(Current, CancellationToken.None).WaitAsync(cancellationToken);
        return (model is null ? prices.Dearest(provider, at) : prices.Find(provider, model, at)) is not null;
    }

    public void Invalidate(InvalidationSet invalidations)
    {
        if (invalidations.IsEverything)
        {
            Interlocked.Increment(ref _version);
            missing?.Forget();
        }
    }

    // The response's model, or else the requested one: aliases and deployments have names of their own.
    private static Price? PriceOf(UsageRow row, PriceList prices)
    {
        if (row.Provider is not { } provider)
        {
            return null;
        }

        var price = (row.Model is { } model ? prices.Find(provider, model, row.Time) : null)
            ?? (row.AskedModel is { } alias ? prices.Find(provider, alias, row.Time) : null);
        return price is null && row.Path is { } path
            ? _dialectsWithModels
                .SelectMany(dialect => ModelNames.In(path, dialect))
                .Select(asked => prices.Find(provider, asked, row.Time))
                .FirstOrDefault(found => found is not null)
            : price;
    }

    // The previous prices during a reload: requests do not wait.
    private PriceList? Latest()
    {
        var current = _current;
        if (current?.Version != Volatile.Read(ref _version))
        {
            ReadSoon();
        }

        return current?.Prices;
    }

    private void ReadSoon()
    {
        var (next, now) = (Volatile.Read(ref _nextRead), Environment.TickCount64);
        if (now >= next && Interlocked.CompareExchange(ref _nextRead, now + MillisecondsBetweenReads, next) == next)
        {
            _ = Task.Run(() =>
            {
                try
                {
                    Current();
                }
                catch (StoreUnavailableException)
                {
                    // The next request retries, and the usage writer logs it.
                }
            });
        }
    }

    private PriceList Current()
    {
        var version = Volatile.Read(ref _version);
        if (_current is { } current && current.Version == version)
        {
            return current.Prices;
        }

        lock (_reading)
        {
            version = Volatile.Read(ref _version);
            if (_current is not { } known || known.Version != version)
            {
                _current = known = new(version, Read());
            }

            return known.Prices;
        }
    }

    private PriceList Read()
    {
        try
        {
            using var context = store.Open();
            context.Database.SetCommandTimeout(PatienceSeconds);
            return new([.. context.Prices.AsNoTracking()]);
        }
        catch (Exception fault)
        {
            throw new StoreUnavailableException("The prices could not be read from the store.", fault);
        }
    }

    private sealed record Edition(long Version, PriceList Prices);
}
