using System.Runtime.InteropServices;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Merges reports into stored rows, with their costs and all sums over them, in one transaction. Idempotent.</summary>
internal sealed class UsageRepository(Store store, RowCost costOf, RowGuess? guessOf = null)
{
    private readonly DayModels _models = new();

    // Kept for the next batch: large tables are costly to allocate and to collect.
    private Dictionary<string, UsageRow?>? _spareRows;
    private UsageSums? _spareSums;

    /// <summary>Commits all reports or none; throws the store's exceptions.</summary>
    public async Task<UsageChanges> WriteAsync(IReadOnlyList<UsageReport> reports, CancellationToken cancellationToken)
    {
        var merged = Merge(reports);
        await using var transaction = await store.BeginUsageAsync(cancellationToken);
        return await WriteAsync(transaction, merged, reports.Count, cancellationToken);
    }

    /// <summary>Commits records and the reports that follow from them in one transaction.</summary>
    /// <param name="record">Writes the records, and returns their reports.</param>
    /// <param name="cancellationToken">Aborts the write.</param>
    public async Task<UsageChanges> WriteAsync(
        Func<UsageTransaction, Task<IReadOnlyList<UsageReport>>> record,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await store.BeginUsageAsync(cancellationToken);
        var reports = await record(transaction);
        return await WriteAsync(transaction, Merge(reports), reports.Count, cancellationToken);
    }

    private async Task<UsageChanges> WriteAsync(
        UsageTransaction transaction,
        List<UsageRow> merged,
        int reports,
        CancellationToken cancellationToken
    )
    {
        if (merged.Count == 0)
        {
            await transaction.CommitAsync(cancellationToken);
            return new(reports);
        }

        var known = (await transaction.InsertAsync(merged, cancellationToken)).ToDictionary(row => row.DecisionId, StringComparer.Ordinal);
        var changes = Compare(merged, known, reports);
        await new ObjectBilling(transaction, changes, known, row => UsageCost.Set(row, costOf, guessOf)).ApplyAsync(cancellationToken);
        if (changes.Updated.Count > 0)
        {
            await transaction.UpdateAsync(changes.Updated, cancellationToken);
        }

        var sums = Interlocked.Exchange(ref _spareSums, null) ?? new();
        foreach (var (before, after) in changes.Rows)
        {
            sums.Replace(before, after);
        }

        if (sums.Days is { Count: > 0 } days)
        {
            await transaction.AddAsync(days, cancellationToken);
        }

        if (sums.Spends is { Count: > 0 } spends)
        {
            await transaction.AddAsync(spends, cancellationToken);
        }

        sums.Clear();
        _spareSums = sums;
        await transaction.CommitAsync(cancellationToken);
        return changes;
    }

    private List<UsageRow> Merge(IReadOnlyList<UsageReport> reports)
    {
        var rows = Interlocked.Exchange(ref _spareRows, null) ?? new(StringComparer.Ordinal);
        foreach (var report in reports)
        {
            ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(rows, report.DecisionId, out _);
            row = UsageMerge.Add(row, report);
        }

        var sorted = new List<UsageRow>(rows.Values!);
        rows.Clear();
        _spareRows = rows;
        foreach (var row in sorted)
        {
            UsageCost.Set(row, costOf, guessOf);
        }

        sorted.Sort(static (one, other) => string.CompareOrdinal(one.DecisionId, other.DecisionId));
        return sorted;
    }

    private UsageChanges Compare(List<UsageRow> merged, Dictionary<string, UsageRow> known, int reports)
    {
        var changes = new UsageChanges(reports);
        foreach (var row in merged)
        {
            if (!known.TryGetValue(row.DecisionId, out var before))
            {
                changes.Rows.Add((null, row));

                // Only once the row is known to be new: a stored one may name the caller.
                if (_models.Mark(row))
                {
                    changes.Updated.Add(row);
                }

                continue;
            }

            var after = UsageMerge.Add(before.Clone(), row);
            UsageCost.Set(after, costOf, guessOf);
            _models.Mark(after);
            if (!UsageColumn.AreSame(before, after))
            {
                changes.Rows.Add((before, after));
                changes.Updated.Add(after);
            }
        }

        return changes;
    }
}
