using AuthSidecar.Changes;
using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Pricing;

/// <summary>What requests cost, by the prices in the store. They are read when they are first needed and again after an import, by whoever writes usage; no request waits for that.</summary>
internal sealed class PriceBook(Store store) : IChangeFollower
{
    private const long Million = 1_000_000;

    // As the highest budget: counts of a provider that has lost its mind must not overflow what they are added to.
    private const long MostMicros = 1_000_000_000_000;
    private const int PatienceSeconds = 2;

    private readonly Lock _reading = new();
    private long _version;
    private volatile Edition? _current;

    /// <returns>Millionths of the currency; null: not known, because there is no usage, or no price of what was used.</returns>
    /// <exception cref="StoreUnavailableException">The prices cannot be read now.</exception>
    public long? CostOf(UsageRow row)
    {
        if (!row.Facts.HasFlag(UsageFacts.HasUsage) || row is not { Provider: { } provider, Model: { } model }
            || Current().Find(provider, model, row.Time) is not { } price)
        {
            return null;
        }

        var tokens = ChargedTokens.Of(row);
        return Add(
            Micros(tokens.Input, price.Input),
            Micros(tokens.Output, price.Output),
            Micros(tokens.CachedRead, price.CachedRead ?? price.Input),
            Micros(tokens.CachedWrite, price.CachedWrite ?? price.Input),
            Micros(tokens.Reasoning, price.Reasoning ?? price.Output));
    }

    public void Drop(ChangeSet changes)
    {
        if (changes.IsEverything)
        {
            Interlocked.Increment(ref _version);
        }
    }

    private static long? Micros(long tokens, long? price) => tokens == 0 ? 0 : price is { } known ? (long)Int128.Min((Int128)tokens * known / Million, MostMicros) : null;

    private static long? Add(params ReadOnlySpan<long?> parts)
    {
        var sum = 0L;
        foreach (var part in parts)
        {
            if (part is not { } micros)
            {
                return null;
            }

            sum += micros;
        }

        return Math.Min(sum, MostMicros);
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
