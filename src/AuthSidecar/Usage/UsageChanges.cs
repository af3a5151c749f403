using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>What one write came to.</summary>
internal sealed class UsageChanges
{
    /// <summary>Each row that is new or not as it was.</summary>
    public List<(UsageRow? Before, UsageRow After)> Rows { get; } = [];

    public List<UsageRow> Updated { get; } = [];

    /// <summary>Those that budgets want to hear of.</summary>
    public List<SettledRow> Settled()
    {
        var settled = new List<SettledRow>();
        foreach (var (before, after) in Rows)
        {
            var added = (after.CostMicros ?? 0) - (before?.CostMicros ?? 0);
            var isFirst = after.Facts.HasFlag(UsageFacts.Settled) && before?.Facts.HasFlag(UsageFacts.Settled) != true;
            var isCounted = IsCounted(after) && (before is null || !IsCounted(before));
            if (isFirst || isCounted || added != 0)
            {
                settled.Add(new(after, isCounted));
            }
        }

        return settled;
    }

    private static bool IsCounted(UsageRow row) => row is { CostMicros: not null, IsEstimated: false } && row.Facts.HasFlag(UsageFacts.HasUsage | UsageFacts.Ended);
}
