using AuthSidecar.Management;
using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Reports;

/// <summary>Single requests: one by its id, or the latest.</summary>
internal sealed class FindUsage(Store store)
{
    /// <summary>How many of the latest are meant when nobody says.</summary>
    public const int Usual = 50;

    public const int Most = 10_000;

    /// <summary>The one that is asked for, or else the latest.</summary>
    public async Task<Outcome<IReadOnlyList<UsageRowDocument>>> RunAsync(string? decisionId, int? last, CancellationToken cancellationToken)
    {
        if (decisionId is null)
        {
            var latest = await LatestAsync(last ?? Usual, cancellationToken);
            return latest.Refusal is { } refusal ? refusal : latest.Value.Select(UsageRowDocument.Of).ToList();
        }

        if (last is not null)
        {
            return Refusal.Invalid("Ask for one decision or for the last ones, not for both.");
        }

        var found = await ByIdAsync(decisionId, cancellationToken);
        return found.Refusal is { } none ? none : new List<UsageRowDocument> { UsageRowDocument.Of(found.Value) };
    }

    /// <param name="decisionId">As answers carry it, 32 hexadecimal digits, in any case and also with the hyphens of a UUID.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public async Task<Outcome<UsageRow>> ByIdAsync(string decisionId, CancellationToken cancellationToken)
    {
        var id = Guid.TryParseExact(decisionId, "N", out var guid) || Guid.TryParseExact(decisionId, "D", out guid) ? guid.ToString("N") : decisionId;
        return await ReadAsync(id, cancellationToken) is { } found ? found : new Refusal(
            RefusalKind.NotFound,
            "unknown_decision",
            $"There is no decision {decisionId}. Its id is the 32 hexadecimal digits of x-authsidecar-decision-id; it is stored within a second and kept for Usage:RetentionDays.");
    }

    /// <param name="count">How many, up to <see cref="Most"/>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The latest first.</returns>
    public async Task<Outcome<IReadOnlyList<UsageRow>>> LatestAsync(int count, CancellationToken cancellationToken)
    {
        if (count is < 1 or > Most)
        {
            return Refusal.Invalid($"Ask for 1 to {Most} rows, not for {count}.");
        }

        await using var context = store.Open();
        return await context.Usage.AsNoTracking().OrderByDescending(row => row.Time).ThenByDescending(row => row.DecisionId).Take(count).ToListAsync(cancellationToken);
    }

    private async Task<UsageRow?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        // PostgreSQL would complain of text that it cannot hold.
        if (id.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return null;
        }

        await using var context = store.Open();
        return await context.Usage.AsNoTracking().SingleOrDefaultAsync(row => row.DecisionId == id, cancellationToken);
    }
}
