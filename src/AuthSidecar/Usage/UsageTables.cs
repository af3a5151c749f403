using System.Runtime.InteropServices;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Writes parts into the store: rows, their costs and every sum of them, in one transaction. Writing the same again changes nothing.</summary>
internal sealed class UsageTables(Store store, RowCost costOf, RowGuess? guessOf = null)
{
    private readonly DayModels _models = new();

    /// <summary>All or nothing; throws what the store throws.</summary>
    /// <returns>What has changed.</returns>
    public async Task<UsageChanges> WriteAsync(IReadOnlyList<UsageRow> parts, CancellationToken cancellationToken)
    {
        var told = Merge(parts);
        await using var transaction = await store.BeginUsageAsync(cancellationToken);
        return await WriteAsync(transaction, told, cancellationToken);
    }

    /// <summary>The same, in one transaction with the records that tell of the parts.</summary>
    /// <param name="record">Writes the records, and returns the parts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<UsageChanges> WriteAsync(Func<UsageTransaction, Task<IReadOnlyList<UsageRow>>> record, CancellationToken cancellationToken)
    {
        await using var transaction = await store.BeginUsageAsync(cancellationToken);
        return await WriteAsync(transaction, Merge(await record(transaction)), cancellationToken);
    }

    private async Task<UsageChanges> WriteAsync(UsageTransaction transaction, List<UsageRow> told, CancellationToken cancellationToken)
    {
        if (told.Count == 0)
        {
            await transaction.CommitAsync(cancellationToken);
            return new();
        }

        var known = (await transaction.InsertAsync(told, cancellationToken)).ToDictionary(row => row.DecisionId, StringComparer.Ordinal);
        var changes = Compare(told, known);
        await new ObjectBilling(transaction, changes, known, row => UsageCost.Set(row, costOf, guessOf)).ApplyAsync(cancellationToken);
        if (changes.Updated.Count > 0)
        {
            await transaction.UpdateAsync(changes.Updated, cancellationToken);
        }

        var sums = new UsageSums();
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

        await transaction.CommitAsync(cancellationToken);
        return changes;
    }

    private List<UsageRow> Merge(IReadOnlyList<UsageRow> parts)
    {
        var rows = new Dictionary<string, UsageRow?>(parts.Count, StringComparer.Ordinal);
        foreach (var part in parts)
        {
            ref var row = ref CollectionsMarshal.GetValueRefOrAddDefault(rows, part.DecisionId, out _);
            row = UsageMerge.Add(row, part);
        }

        var sorted = new List<UsageRow>(rows.Values!);
        foreach (var row in sorted)
        {
            UsageCost.Set(row, costOf, guessOf);
        }

        sorted.Sort(static (one, other) => string.CompareOrdinal(one.DecisionId, other.DecisionId));
        return sorted;
    }

    private UsageChanges Compare(List<UsageRow> told, Dictionary<string, UsageRow> known)
    {
        var changes = new UsageChanges();
        foreach (var part in told)
        {
            if (!known.TryGetValue(part.DecisionId, out var before))
            {
                changes.Rows.Add((null, part));

                // Not before it is known that the part is all there is: who called may be in what is stored.
                if (_models.Mark(part))
                {
                    changes.Updated.Add(part);
                }

                continue;
            }

            var after = UsageMerge.Add(before.Clone(), part);
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
