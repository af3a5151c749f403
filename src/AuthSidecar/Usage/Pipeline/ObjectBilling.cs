using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Bills a provider's object once, however many responses show its usage: to the request that created it, or otherwise to the first that
/// read it. A creator that showed usage always keeps its own; a creator that showed none loses its estimate when a reader is billed.
/// </summary>
/// <param name="transaction">The rows' transaction.</param>
/// <param name="changes">The changed rows, before their update.</param>
/// <param name="known">The batch's stored rows before the change.</param>
/// <param name="price">Recalculates a row's cost.</param>
internal sealed class ObjectBilling(
    UsageTransaction transaction,
    UsageChanges changes,
    IReadOnlyDictionary<string, UsageRow> known,
    Action<UsageRow> price
)
{
    // A read extends the retention of the object's row, at most once a day.
    private static readonly TimeSpan _refresh = TimeSpan.FromDays(1);

    /// <summary>Removes usage from rows whose object is billed to another request. Call before the update.</summary>
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
                // Without an id the object cannot be billed once.
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
        var stored = (await transaction.ClaimAsync([.. shown.Select(one => one.Claim)], cancellationToken)).ToDictionary(billed =>
            (billed.Provider, billed.ObjectId)
        );
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

    // The creator may be reported after a reader, and a reader long after the creator.
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
        row.Facts.HasFlag(UsageFacts.Decided)
        && !row.Facts.HasFlag(UsageFacts.GeneratesNothing)
        && (Reads(row) ? HasUsage(row) : row.ObjectId is not null);

    // Only the known creator: providers may reuse an id for another object.
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

    // The creator showed its usage after all.
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
