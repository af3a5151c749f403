using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Which of the rows that show an object is billed for it.</summary>
internal static class ObjectClaim
{
    /// <param name="key">The object.</param>
    /// <param name="rows">All of a batch that show it: those that made it, and those that read it with its usage.</param>
    public static BilledObject Of((string Provider, string Id) key, IReadOnlyList<UsageRow> rows)
    {
        var ordered = rows.OrderByDescending(HasUsage).ThenBy(row => row.Time).ThenBy(row => row.DecisionId, StringComparer.Ordinal).ToList();
        var maker = ordered.Find(row => !Reads(row));
        var billed = maker is not null && HasUsage(maker) ? maker : ordered.Find(Reads);
        return new() { Provider = key.Provider, ObjectId = key.Id, DecisionId = billed?.DecisionId, MakerId = maker?.DecisionId, Time = rows.Max(row => row.Time) };
    }

    /// <summary>Adds what a batch says to what is stored. A maker that showed usage takes the place of a reader, and none takes a maker's.</summary>
    /// <returns>False: it is as it was.</returns>
    public static bool Merge(BilledObject stored, BilledObject claim, TimeSpan refresh)
    {
        if (ReferenceEquals(stored, claim))
        {
            return false;
        }

        var (billed, maker) = (stored.DecisionId, stored.MakerId);
        if (IsMakers(claim) && !IsMakers(stored))
        {
            (stored.DecisionId, stored.MakerId) = (claim.DecisionId, claim.MakerId);
        }
        else
        {
            stored.DecisionId ??= claim.DecisionId;
            stored.MakerId ??= claim.MakerId;
        }

        var isOld = claim.Time - stored.Time > refresh;
        stored.Time = isOld ? claim.Time : stored.Time;
        return isOld || billed != stored.DecisionId || maker != stored.MakerId;
    }

    private static bool IsMakers(BilledObject billed) => billed.DecisionId is { } id && id == billed.MakerId;

    private static bool Reads(UsageRow row) => row.Facts.HasFlag(UsageFacts.ReadsResult);

    private static bool HasUsage(UsageRow row) => row.Facts.HasFlag(UsageFacts.HasUsage);
}
