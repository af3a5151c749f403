using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>The result of one committed write.</summary>
/// <param name="reports">Number of reports written.</param>
internal sealed class UsageChanges(int reports = 0)
{
    public int Reports => reports;

    /// <summary>Rows that are new or changed.</summary>
    public List<(UsageRow? Before, UsageRow After)> Rows { get; } = [];

    public List<UsageRow> Updated { get; } = [];

    /// <summary>The changes that concern budgets.</summary>
    public List<SettledUsage> Settled()
    {
        var settled = new List<SettledUsage>();
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

    private static bool IsCounted(UsageRow row) =>
        row is { CostMicros: not null, IsEstimated: false } && row.Facts.HasFlag(UsageFacts.HasUsage | UsageFacts.Ended);
}
