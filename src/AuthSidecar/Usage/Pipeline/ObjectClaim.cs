using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Chooses the row that is billed for an object.</summary>
internal static class ObjectClaim
{
    /// <param name="key">The object.</param>
    /// <param name="rows">All rows of a batch that show it: its creators, and readers with its usage.</param>
    public static BilledObject Of((string Provider, string Id) key, IReadOnlyList<UsageRow> rows)
    {
        var ordered = rows.OrderByDescending(HasUsage)
            .ThenBy(row => row.Time)
            .ThenBy(row => row.DecisionId, StringComparer.Ordinal)
            .ToList();
        var maker = ordered.Find(row => !Reads(row));
        var billed = maker is not null && HasUsage(maker) ? maker : ordered.Find(Reads);
        return new()
        {
            Provider = key.Provider,
            ObjectId = key.Id,
            DecisionId = billed?.DecisionId,
            MakerId = maker?.DecisionId,
            Time = rows.Max(row => row.Time),
        };
    }

    /// <summary>
    /// Merges a batch's claim into the stored one. A creator that showed usage replaces a reader; nothing replaces a creator.
    /// </summary>
    /// <returns>False when the stored claim is unchanged.</returns>
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
