using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Cost of a usage row, and whether it is final.</summary>
internal static class UsageCost
{
    private const UsageFacts MakesNothing = UsageFacts.GeneratesNothing | UsageFacts.ReadsResult | UsageFacts.BilledElsewhere;

    /// <summary>The request needs no reservation any more.</summary>
    public static bool IsFinal(UsageRow row) => row.Facts.HasFlag(UsageFacts.Ended) || row.Outcome == "denied";

    /// <summary>
    /// Sets the cost. With a budget, incomplete usage costs the greatest of the estimate, the counted tokens and the observed bytes;
    /// unpriced tokens cost an estimate from the provider's other prices, or otherwise the reserved estimate. Without a budget, an unknown
    /// cost stays null.
    /// </summary>
    public static void Set(UsageRow row, RowCost costOf, RowGuess? guessOf = null)
    {
        var seen = costOf(row);
        (row.CostMicros, row.IsEstimated) = (seen, false);
        if (row is { ReservedMicros: { } estimate, Decision: "allow" } && row.Facts.HasFlag(UsageFacts.Ended))
        {
            if ((row.Facts & MakesNothing) == 0 && SawTooLittle(row))
            {
                (row.CostMicros, row.IsEstimated) = (Math.Max(Math.Max(seen ?? 0, guessOf?.Invoke(row) ?? 0), estimate), true);
            }
            else if (seen is null && row.Facts.HasFlag(UsageFacts.HasUsage))
            {
                // Also of a result that was read: it is the only request that shows what its object used.
                (row.CostMicros, row.IsEstimated) = (guessOf?.Invoke(row) ?? estimate, true);
            }
        }

        row.Facts = row.ReservedMicros is not null && IsFinal(row) ? row.Facts | UsageFacts.Settled : row.Facts & ~UsageFacts.Settled;
    }

    /// <summary>The tokens were counted by a provider and have no price.</summary>
    public static bool IsUnpriced(UsageRow row) =>
        row.Provider is not null
        && row.Facts.HasFlag(UsageFacts.HasUsage | UsageFacts.Ended)
        && (row.CostMicros is null || (row.IsEstimated && !SawTooLittle(row)));

    // Providers bill a response that either side breaks off, but not a response that is an error from the start.
    private static bool SawTooLittle(UsageRow row) =>
        row.Outcome switch
        {
            "no_usage" or "client_disconnect" => true,
            "upstream_error" => row.Status is null or < UsageValues.FirstErrorStatus && !row.Facts.HasFlag(UsageFacts.SawEnd),
            _ => false,
        };
}
