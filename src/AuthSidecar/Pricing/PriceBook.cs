using AuthSidecar.Authorization;
using AuthSidecar.Changes;
using AuthSidecar.Storage;
using AuthSidecar.Upstream;
using AuthSidecar.Usage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Pricing;

/// <summary>What requests cost, by the prices in the store. They are read when they are first needed and again after an import; Check takes those that are there.</summary>
internal sealed class PriceBook(Store store, MissingPrices? missing = null) : ICacheInvalidationHandler
{
    private const int PatienceSeconds = 2;
    private static readonly Dialect[] _dialectsWithModels = [Dialect.AzureOpenai, Dialect.Gemini];

    private const long MillisecondsBetweenReads = 1000;

    private readonly Lock _reading = new();
    private long _version;
    private volatile Edition? _current;
    private long _nextRead = long.MinValue;

    /// <returns>Millionths of the currency; null: not known, because there is no usage, or no price of what was used.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read now.</exception>
    public long? CostOf(UsageRow row) =>
        row.Facts.HasFlag(UsageFacts.HasUsage) && PriceOf(row, Current()) is { } price ? ChargedTokens.Of(row).At(price) : null;

    /// <summary>What is booked for a row of which tokens or price are not all known: tokens that were counted and have no price, at the provider's dearest one; what was seen of others, at the model's or else at the provider's middle one.</summary>
    /// <returns>Millionths of the currency; null: the provider has no price.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read now.</exception>
    public long? GuessOf(UsageRow row)
    {
        if (row.Provider is not { } provider)
        {
            return null;
        }

        var prices = Current();
        var (price, tokens, seen) = (PriceOf(row, prices), ChargedTokens.Of(row), ChargedTokens.Seen(row));
        var counted = row.Facts.HasFlag(UsageFacts.HasUsage) && (price is null || tokens.At(price) is null) ? tokens.At(prices.Dearest(provider, row.Time)) : null;
        var least = seen.At(price) ?? seen.At(prices.Middle(provider, row.Time));
        return counted > least ? counted : least ?? counted;
    }

    /// <summary>What a request to a model will probably cost, at its price or else at the provider's middle one, by the prices that are in memory.</summary>
    /// <param name="provider">Name in <c>Providers</c>.</param>
    /// <param name="model">Null: not known.</param>
    /// <param name="at">When.</param>
    /// <param name="input">Tokens of the prompt.</param>
    /// <param name="output">Tokens that the answer may have; 0: not known.</param>
    /// <returns>Millionths of the currency; 0: no price is known yet.</returns>
    public long Expect(string provider, string? model, DateTimeOffset at, long input, long output)
    {
        var (prices, tokens) = (Latest(), new ChargedTokens(input, output, 0, 0, 0));
        return prices is null ? 0 : tokens.At(model is null ? null : prices.Find(provider, model, at)) ?? tokens.At(prices.Middle(provider, at)) ?? 0;
    }

    /// <returns>False: the provider has no price for this model, or, where that is null, for any.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read now.</exception>
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

    // The answer's model, or else the one that was asked for in the body or in the path: an alias or a deployment has a name of its own.
    private static Price? PriceOf(UsageRow row, PriceList prices)
    {
        if (row.Provider is not { } provider)
        {
            return null;
        }

        var price = (row.Model is { } model ? prices.Find(provider, model, row.Time) : null) ?? (row.AskedModel is { } alias ? prices.Find(provider, alias, row.Time) : null);
        return price is null && row.Path is { } path
            ? _dialectsWithModels.SelectMany(dialect => ModelNames.In(path, dialect)).Select(asked => prices.Find(provider, asked, row.Time)).FirstOrDefault(found => found is not null)
            : price;
    }

    // An older one while a newer one is read: a request waits for neither.
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
                    // The next request tries again, and the writer of usage says so.
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
            throw new StoreUnavailableException("The store did not answer when prices were read.", fault);
        }
    }

    private sealed record Edition(long Version, PriceList Prices);
}
