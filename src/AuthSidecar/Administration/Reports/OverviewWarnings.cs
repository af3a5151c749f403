using System.Globalization;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Collects what an admin should look at, from the store and from this process.</summary>
internal sealed class OverviewWarnings(
    LiveOptions<AuthOptions> auth,
    UsageQueue queue,
    PriceBook prices,
    ConfigurationWarnings configuration
)
{
    private const int MostModels = 50;

    public async Task<IReadOnlyList<OverviewWarning>> ReadAsync(
        SidecarDbContext context,
        int firstDay,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var warnings = new List<OverviewWarning>();
        Add(
            queue.Dropped,
            "usage_dropped",
            "usage report of this replica was lost because memory and disk were full",
            "usage reports of this replica were lost because memory and disk were full"
        );
        Add(
            await context.DeadLetters.LongCountAsync(cancellationToken),
            "dead_letters",
            "usage report was rejected by the store (table DeadLetters)",
            "usage reports were rejected by the store (table DeadLetters)"
        );
        if (auth.Current.AcceptsMasterKey)
        {
            warnings.Add(new("master_key", "The master key is accepted; Auth:Mode users turns it off.", []));
        }

        var unpriced = await UnpricedAsync(context, firstDay, now, cancellationToken);
        Add(
            unpriced.Count,
            "missing_prices",
            "model was used and has no price, so that its cost is unknown",
            "models were used and have no price, so that their cost is unknown",
            unpriced
        );
        var expiring = await KeyStatuses.Of(context.ApiKeys, KeyStatus.Expiring, now).CountAsync(cancellationToken);
        var soon = $"within {KeyStatuses.Soon.TotalDays} days";
        Add(expiring, "keys_expiring", $"key expires {soon}", $"keys expire {soon}");
        var settings = configuration.Read();
        Add(
            settings.Count,
            "configuration",
            "setting is valid but unsafe or without effect",
            "settings are valid but unsafe or without effect",
            settings
        );
        return warnings;

        void Add(long count, string code, string one, string many, IReadOnlyList<string>? items = null)
        {
            if (count > 0)
            {
                warnings.Add(new(code, string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}."), items ?? []));
            }
        }
    }

    private async Task<List<string>> UnpricedAsync(
        SidecarDbContext context,
        int firstDay,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var used = await context
            .UsageDays.AsNoTracking()
            .Where(day => day.Day >= firstDay && day.Priced == 0 && day.InputTokens + day.OutputTokens > 0 && day.Provider != "")
            .Select(day => new { day.Provider, day.Model })
            .Distinct()
            .OrderBy(day => day.Provider)
            .ThenBy(day => day.Model)
            .Take(MostModels)
            .ToListAsync(cancellationToken);
        var unpriced = new List<string>();
        foreach (var model in used)
        {
            // A price may have been imported since.
            if (!await prices.HasPriceAsync(model.Provider, model.Model.Length == 0 ? null : model.Model, now, cancellationToken))
            {
                unpriced.Add($"{model.Provider}/{model.Model}");
            }
        }

        return unpriced;
    }
}
