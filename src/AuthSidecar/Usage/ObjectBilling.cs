using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>
/// Bills an object of a provider's once, however many requests show its usage: to the request that made it, else to the first that read it.
/// A request that made one and showed usage always has its own, whatever id the answer bears; of one that showed none yet, the estimate goes when a reader is billed.
/// </summary>
/// <param name="transaction">Of the rows.</param>
/// <param name="changes">The rows; not yet written as they are.</param>
/// <param name="known">Those of the batch that were stored, as they were.</param>
/// <param name="price">Says anew what a row costs.</param>
internal sealed class ObjectBilling(UsageTransaction transaction, UsageChanges changes, IReadOnlyDictionary<string, UsageRow> known, Action<UsageRow> price)
{
    // A read keeps the object's row from being removed with old usage, and not each of them has to.
    private static readonly TimeSpan _refresh = TimeSpan.FromDays(1);

    /// <summary>Takes the usage out of the rows that others are billed for. Before the rows that have changed are written.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var shown = new SortedDictionary<(string Provider, string Id), List<UsageRow>>(ObjectOrder.Instance);
        foreach (var row in changes.Rows.Select(change => change.After).Where(Shows).ToList())
        {
            if (row is { Provider: { } provider, ObjectId: { } id })
            {
                (shown.TryGetValue((provider, id), out var rows) ? rows : shown[(provider, id)] = []).Add(row);
            }
            else if (Reads(row))
            {
                // Usage of nothing that could be told from the next.
                Free(row);
            }
        }

        if (shown.Count > 0)
        {
            await ApplyAsync([.. shown.Select(one => (ObjectClaim.Of(one.Key, one.Value), one.Value))], cancellationToken);
        }
    }

    private async Task ApplyAsync(List<(BilledObject Claim, List<UsageRow> Rows)> shown, CancellationToken cancellationToken)
    {
        var stored = (await transaction.ClaimAsync([.. shown.Select(one => one.Claim)], cancellationToken)).ToDictionary(billed => (billed.Provider, billed.ObjectId));
        var (updated, others) = (new List<BilledObject>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var (claim, rows) in shown)
        {
            var billed = stored.GetValueOrDefault((claim.Provider, claim.ObjectId), claim);
            var (before, isChanged) = (billed.DecisionId, ObjectClaim.Merge(billed, claim, _refresh));
            if (isChanged)
            {
                updated.Add(billed);
            }

            rows.Where(row => IsFree(row, billed)).ToList().ForEach(Free);
            rows.Where(row => HasUsage(row) && row.Facts.HasFlag(UsageFacts.BilledElsewhere)).ToList().ForEach(Restore);
            if (billed.DecisionId != before)
            {
                others.UnionWith(new[] { before, billed.MakerId }.OfType<string>().Where(id => id != billed.DecisionId));
            }
        }

        if (updated.Count > 0)
        {
            await transaction.UpdateAsync(updated, cancellationToken);
        }

        await FreeOthersAsync(others, cancellationToken);
    }

    // Who made an object may be heard of after one who read it, and who reads it is heard of long after it was made.
    private async Task FreeOthersAsync(SortedSet<string> ids, CancellationToken cancellationToken)
    {
        ids.ExceptWith(changes.Rows.Select(change => change.After.DecisionId));
        var rows = ids.Where(known.ContainsKey).Select(id => known[id]).ToList();
        if (ids.Where(id => !known.ContainsKey(id)).ToList() is { Count: > 0 } absent)
        {
            rows.AddRange(await transaction.LockAsync(absent, cancellationToken));
        }

        foreach (var before in rows.Where(row => Reads(row) || !HasUsage(row)))
        {
            var after = before.Clone();
            changes.Rows.Add((before, after));
            Free(after);
        }
    }

    private static bool Shows(UsageRow row) =>
        row.Facts.HasFlag(UsageFacts.Decided) && !row.Facts.HasFlag(UsageFacts.GeneratesNothing) && (Reads(row) ? HasUsage(row) : row.ObjectId is not null);

    // Only of the one that is known to have made it: under an id that a provider repeats, others have made something else.
    private static bool IsFree(UsageRow row, BilledObject billed) =>
        billed.DecisionId is { } id && id != row.DecisionId && (Reads(row) || (row.DecisionId == billed.MakerId && !HasUsage(row)));

    private static bool Reads(UsageRow row) => row.Facts.HasFlag(UsageFacts.ReadsResult);

    private static bool HasUsage(UsageRow row) => row.Facts.HasFlag(UsageFacts.HasUsage);

    private void Free(UsageRow row)
    {
        row.Facts |= Reads(row) ? UsageFacts.None : UsageFacts.BilledElsewhere;
        UsageMerge.ForgetUsage(row);
        price(row);
        if (!changes.Updated.Contains(row))
        {
            changes.Updated.Add(row);
        }
    }

    // It showed its usage after all.
    private void Restore(UsageRow row)
    {
        row.Facts &= ~UsageFacts.BilledElsewhere;
        price(row);
    }

    private sealed class ObjectOrder : IComparer<(string Provider, string Id)>
    {
        public static ObjectOrder Instance { get; } = new();

        public int Compare((string Provider, string Id) x, (string Provider, string Id) y) =>
            string.CompareOrdinal(x.Provider, y.Provider) is var order and not 0 ? order : string.CompareOrdinal(x.Id, y.Id);
    }
}
