using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Pricing;

/// <summary>Imports prices from a file, all or none; replaces those of the same provider, model and date.</summary>
internal sealed class ImportPrices(Store store, TimeProvider time)
{
    public async Task<Outcome<ImportedPrices>> RunAsync(TextReader file, CancellationToken cancellationToken)
    {
        var (prices, errors) = await PriceLines.ReadAsync(file, cancellationToken);
        if (errors.Count > 0)
        {
            return JsonLines.Refuse(errors);
        }

        await using var context = store.Open();
        var known = await context.Prices.ToDictionaryAsync(price => (price.Provider, price.Model, price.From), cancellationToken);
        foreach (var price in prices)
        {
            if (known.TryGetValue((price.Provider, price.Model, price.From), out var old))
            {
                (old.Input, old.Output, old.CachedRead, old.CachedWrite, old.Reasoning) = (
                    price.Input,
                    price.Output,
                    price.CachedRead,
                    price.CachedWrite,
                    price.Reasoning
                );
            }
            else
            {
                context.Prices.Add(price);
            }
        }

        // Prices have no invalidation of their own, and imports are rare.
        context.Invalidations.Add(CacheInvalidation.OfEverything(Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict(
                "import_raced",
                "One of these prices was imported at the same time; nothing was imported, run the command again."
            );
        }

        return new ImportedPrices(prices.Count, [.. prices.Select(price => price.Provider).Distinct()]);
    }
}

/// <param name="Imported">Number of prices.</param>
/// <param name="Providers">Their providers.</param>
internal sealed record ImportedPrices(int Imported, IReadOnlyList<string> Providers);
