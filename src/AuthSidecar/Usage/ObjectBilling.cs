using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>
/// Bills an object of a provider's once, however many requests show its usage: to the request that made it, else to the first that read it.
/// Only requests that read are ever left without tokens. One that makes something always has its own, whatever id the answer bears.
/// </summary>
internal sealed class ObjectBilling(UsageTransaction transaction, UsageChanges changes, IReadOnlyDictionary<string, UsageRow> known, RowCost costOf)
{
    // A read keeps the object's row from being removed with old usage, and not each of them has to.
    private static readonly TimeSpan _refresh = TimeSpan.FromDays(1);

    /// <summary>Takes the tokens out of the rows that only show what others are billed for. Before the rows that have changed are written.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var shown = new SortedDictionary<(string Provider, string Id), List<UsageRow>>(ObjectOrder.Instance);
        foreach (var row in changes.Rows.Select(change => change.After).Where(row => row.Facts.HasFlag(UsageFacts.Decided | UsageFacts.HasUsage)).ToList())
        {
            if (row is { Provider: { } provider, ObjectId: { } id })
            {
                (shown.TryGetValue((provider, id), out var rows) ? rows : shown[(provider, id)] = []).Add(row);
            }
            else if (Reads(row))
            {
                // Usage of nothing that could be told from the next.
                Suppress(row);
            }
        }

        if (shown.Count > 0)
        {
            await ApplyAsync([.. shown.Select(one => (Claim(one.Key, one.Value), one.Value))], cancellationToken);
        }
    }

    private async Task ApplyAsync(List<(BilledObject Claim, List<UsageRow> Rows)> shown, CancellationToken cancellationToken)
    {
        var stored = (await transaction.ClaimAsync([.. shown.Select(one => one.Claim)], cancellationToken)).ToDictionary(billed => (billed.Provider, billed.ObjectId));
        var (updated, replaced) = (new List<BilledObject>(), new List<string>());
        foreach (var (claim, rows) in shown)
        {
            var billed = stored.GetValueOrDefault((claim.Provider, claim.ObjectId), claim);
            var isReplaced = claim.IsMaker && !billed.IsMaker;
            if (isReplaced)
            {
                replaced.Add(billed.DecisionId);
                (billed.DecisionId, billed.IsMaker) = (claim.DecisionId, true);
            }

            if (isReplaced || claim.Time - billed.Time > _refresh)
            {
                billed.Time = claim.Time > billed.Time ? claim.Time : billed.Time;
                updated.Add(billed);
            }

            rows.Where(row => Reads(row) && row.DecisionId != billed.DecisionId).ToList().ForEach(Suppress);
        }

        if (updated.Count > 0)
        {
            await transaction.UpdateAsync(updated, cancellationToken);
        }

        await ReplaceAsync(replaced, cancellationToken);
    }

    // Who made an object may be heard of after one who read it, from another replica or from a spool.
    private async Task ReplaceAsync(List<string> ids, CancellationToken cancellationToken)
    {
        ids.RemoveAll(id => changes.Rows.Exists(change => change.After.DecisionId == id));
        var rows = ids.Where(known.ContainsKey).Select(id => known[id]).ToList();
        if (ids.Where(id => !known.ContainsKey(id)).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } others)
        {
            rows.AddRange(await transaction.LockAsync(others, cancellationToken));
        }

        foreach (var before in rows.Where(Reads))
        {
            var after = before.Clone();
            changes.Rows.Add((before, after));
            Suppress(after);
        }
    }

    private static BilledObject Claim((string Provider, string Id) key, List<UsageRow> rows)
    {
        var first = rows.OrderBy(Reads).ThenBy(row => row.Time).ThenBy(row => row.DecisionId, StringComparer.Ordinal).First();
        return new() { Provider = key.Provider, ObjectId = key.Id, DecisionId = first.DecisionId, IsMaker = !Reads(first), Time = rows.Max(row => row.Time) };
    }

    private static bool Reads(UsageRow row) => row.Facts.HasFlag(UsageFacts.ReadsResult);

    private void Suppress(UsageRow row)
    {
        UsageMerge.ForgetUsage(row);
        UsageCost.Set(row, costOf);
        if (!changes.Updated.Contains(row))
        {
            changes.Updated.Add(row);
        }
    }

    private sealed class ObjectOrder : IComparer<(string Provider, string Id)>
    {
        public static ObjectOrder Instance { get; } = new();

        public int Compare((string Provider, string Id) x, (string Provider, string Id) y) =>
            string.CompareOrdinal(x.Provider, y.Provider) is var order and not 0 ? order : string.CompareOrdinal(x.Id, y.Id);
    }
}
