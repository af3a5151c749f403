using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Finds usage rows: one by its decision id, or the latest ones.</summary>
internal sealed class FindUsage(Store store)
{
    /// <summary>Default number of latest rows.</summary>
    public const int Usual = 50;

    public const int Most = 10_000;

    private const int TimeDigits = 12;
    private static readonly long _lastTime = DateTimeOffset.MaxValue.AddDays(-1).ToUnixTimeMilliseconds();

    /// <param name="decisionId">As for <see cref="ByIdAsync"/>; null: the latest rows.</param>
    /// <param name="last">Number of latest rows; null: <see cref="Usual"/>.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public Task<Outcome<IReadOnlyList<UsageRowDocument>>> RunAsync(string? decisionId, int? last, CancellationToken cancellationToken) =>
        RunAsync(decisionId, last, RowFilter.None, cancellationToken);

    /// <param name="decisionId">As for <see cref="ByIdAsync"/>; null: the latest rows.</param>
    /// <param name="last">Number of latest rows; null: <see cref="Usual"/>.</param>
    /// <param name="filter">Limits of the latest rows.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<Outcome<IReadOnlyList<UsageRowDocument>>> RunAsync(
        string? decisionId,
        int? last,
        RowFilter filter,
        CancellationToken cancellationToken
    )
    {
        if (decisionId is null)
        {
            var latest = await LatestAsync(last ?? Usual, filter, cancellationToken);
            return latest.Refusal is { } refusal ? refusal : latest.Value.Select(UsageRowDocument.Of).ToList();
        }

        if (last is not null)
        {
            return Refusal.Invalid("Ask for one decision or for the last ones, not for both.");
        }

        var found = await ByIdAsync(decisionId, cancellationToken);
        return found.Refusal is { } none ? none : new List<UsageRowDocument> { UsageRowDocument.Of(found.Value) };
    }

    /// <param name="decisionId">32 hexadecimal digits as in responses, in any case, with or without the hyphens of a UUID.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<Outcome<UsageRow>> ByIdAsync(string decisionId, CancellationToken cancellationToken)
    {
        var id =
            Guid.TryParseExact(decisionId, "N", out var guid) || Guid.TryParseExact(decisionId, "D", out guid)
                ? guid.ToString("N")
                : decisionId;
        return await ReadAsync(id, cancellationToken) is { } found
            ? found
            : new Refusal(
                RefusalKind.NotFound,
                "unknown_decision",
                $"There is no decision {decisionId}. Its id is the 32 hexadecimal digits of x-authsidecar-decision-id; it is stored "
                    + $"within a second and kept for Usage:RetentionDays.{await CountedAsync(id, cancellationToken)}"
            );
    }

    /// <param name="count">Number of rows, at most <see cref="Most"/>.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The latest first.</returns>
    public Task<Outcome<IReadOnlyList<UsageRow>>> LatestAsync(int count, CancellationToken cancellationToken) =>
        LatestAsync(count, RowFilter.None, cancellationToken);

    private async Task<Outcome<IReadOnlyList<UsageRow>>> LatestAsync(int count, RowFilter filter, CancellationToken cancellationToken)
    {
        if (count is < 1 or > Most)
        {
            return Refusal.Invalid($"Ask for 1 to {Most} rows, not for {count}.");
        }

        await using var context = store.Open();
        return await filter
            .Of(context.Usage.AsNoTracking())
            .OrderByDescending(row => row.Time)
            .ThenByDescending(row => row.DecisionId)
            .Take(count)
            .ToListAsync(cancellationToken);
    }

    // A decision's id begins with the request's time in milliseconds (UUIDv7); the denial may have been counted in the next minute.
    private async Task<string> CountedAsync(string id, CancellationToken cancellationToken)
    {
        if (
            !Guid.TryParseExact(id, "N", out _)
            || !long.TryParse(id.AsSpan(0, TimeDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var milliseconds)
            || milliseconds > _lastTime
        )
        {
            return "";
        }

        var first = DateTimeOffset.UnixEpoch.AddMinutes(milliseconds / 60_000);
        var last = first.AddMinutes(1);
        await using var context = store.Open();
        var counted = await context
            .Usage.AsNoTracking()
            .Where(row => row.Time >= first && row.Time <= last && row.Requests != null)
            .OrderBy(row => row.Time)
            .ThenBy(row => row.Reason)
            .ToListAsync(cancellationToken);
        return counted.Count == 0
            ? ""
            : " Refusals without an identity were counted at that time and have no rows of their own (Usage:RefusalRowsPerMinute): "
                + $"{string.Join(", ", counted.Select(Words))}. If it is one of them, its line in the decision log is all that is "
                + "known of it.";

        static string Words(UsageRow row) => $"{row.Requests} {row.Reason}{(row.Policy is null ? "" : $" under policy {row.Policy}")}";
    }

    private async Task<UsageRow?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        // PostgreSQL rejects text that it cannot store.
        if (id.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return null;
        }

        await using var context = store.Open();
        return await context.Usage.AsNoTracking().SingleOrDefaultAsync(row => row.DecisionId == id, cancellationToken);
    }
}
