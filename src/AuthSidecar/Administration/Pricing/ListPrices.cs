using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Pricing;

internal sealed record PriceFilter : ListFilter
{
    public string? Provider { get; init; }

    /// <summary>A glob of the stored models, or a model that a stored glob matches.</summary>
    public string? Model { get; init; }

    /// <summary>Also former and future prices.</summary>
    public bool All { get; init; }
}

internal enum PriceState
{
    Current,
    Former,
    Future,
}

internal sealed record ListedPrice(Price Price, PriceState State);

/// <summary>Prices by provider, model and date. Of those of one provider and model, the latest effective one is current.</summary>
internal sealed class ListPrices(Store store, TimeProvider time)
{
    public async Task<Outcome<Page<ListedPrice>>> RunAsync(PriceFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(3, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var prices = await context.Prices.AsNoTracking().ToListAsync(cancellationToken);
        var found = prices
            .GroupBy(price => (price.Provider, price.Model))
            .SelectMany(States)
            .Where(one => filter.All || one.State == PriceState.Current)
            .Where(one => filter.Provider is null || one.Price.Provider == filter.Provider)
            .Where(one => filter.Model is not { } model || Matches(one.Price.Model, model))
            .Where(one => TextSearch.Contains(one.Price.Provider, search) || TextSearch.Contains(one.Price.Model, search));
        return Paging.Of([.. found], filter, after, one =>
            [one.Price.Provider, one.Price.Model, Instant.ToMicroseconds(one.Price.From).ToString("D19", CultureInfo.InvariantCulture)]
        );
    }

    private static bool Matches(string stored, string wanted) => Glob.IsMatch(wanted, stored) || Glob.IsMatch(stored, wanted);

    private IEnumerable<ListedPrice> States(IEnumerable<Price> prices)
    {
        var now = time.GetUtcNow();
        var newestFirst = prices.OrderByDescending(price => price.From).ToList();
        var current = newestFirst.Find(price => price.From <= now);
        return newestFirst.Select(price => new ListedPrice(
            price,
            price == current ? PriceState.Current
                : price.From > now ? PriceState.Future
                : PriceState.Former
        ));
    }
}
