using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>What a row costs, and whether anything can still come of it.</summary>
internal static class UsageCost
{
    private const int FirstError = 400;
    private const UsageFacts MakesNothing = UsageFacts.GeneratesNothing | UsageFacts.ReadsResult | UsageFacts.BilledElsewhere;

    /// <summary>Nothing more has to be reserved for it.</summary>
    public static bool IsFinal(UsageRow row) => row.Facts.HasFlag(UsageFacts.Ended) || row.Outcome == "denied";

    /// <summary>
    /// Says what it costs. Of a request with a budget of which too little was seen that is the greatest of its estimate, what was counted and what passed; of one whose tokens have no price it is
    /// what the provider's other prices say, or else the estimate. Without a budget what is not known stays unknown.
    /// </summary>
    public static void Set(UsageRow row, RowCost costOf, RowGuess? guessOf = null)
    {
        var seen = costOf(row);
        (row.CostMicros, row.IsEstimated) = (seen, false);
        if (row is { ReservedMicros: { } estimate, Decision: "allow" } && row.Facts.HasFlag(UsageFacts.Ended) && (row.Facts & MakesNothing) == 0)
        {
            if (SawTooLittle(row))
            {
                (row.CostMicros, row.IsEstimated) = (Math.Max(Math.Max(seen ?? 0, guessOf?.Invoke(row) ?? 0), estimate), true);
            }
            else if (seen is null && row.Facts.HasFlag(UsageFacts.HasUsage))
            {
                (row.CostMicros, row.IsEstimated) = (guessOf?.Invoke(row) ?? estimate, true);
            }
        }

        row.Facts = row.ReservedMicros is not null && IsFinal(row) ? row.Facts | UsageFacts.Settled : row.Facts & ~UsageFacts.Settled;
    }

    /// <summary>A provider counted its tokens, and there is no price for them.</summary>
    public static bool IsUnpriced(UsageRow row) =>
        row.Provider is not null && row.Facts.HasFlag(UsageFacts.HasUsage | UsageFacts.Ended) && (row.CostMicros is null || (row.IsEstimated && !SawTooLittle(row)));

    // An answer that breaks off has been paid for, whoever broke it off; an error in its place has not.
    private static bool SawTooLittle(UsageRow row) => row.Outcome switch
    {
        "no_usage" or "client_disconnect" => true,
        "upstream_error" => row.Status is null or < FirstError && !row.Facts.HasFlag(UsageFacts.SawEnd),
        _ => false,
    };
}
