using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>What a row costs, and whether anything can still come of it.</summary>
internal static class UsageCost
{
    private const int FirstError = 400;
    private const UsageFacts MakesNothing = UsageFacts.GeneratesNothing | UsageFacts.ReadsResult;

    /// <summary>Nothing more has to be reserved for it.</summary>
    public static bool IsFinal(UsageRow row) => row.Facts.HasFlag(UsageFacts.Ended) || row.Outcome == "denied";

    /// <summary>Says what it costs. Where too little was seen of a request for which something was reserved, that is the least that it costs.</summary>
    public static void Set(UsageRow row, RowCost costOf)
    {
        var seen = costOf(row);
        row.IsEstimated = (row.Facts & MakesNothing) == 0 && row is { ReservedMicros: not null, Decision: "allow" } && row.Facts.HasFlag(UsageFacts.Ended) && SawTooLittle(row);
        row.CostMicros = row.IsEstimated ? Math.Max(seen ?? 0, row.ReservedMicros!.Value) : seen;
        row.Facts = row.ReservedMicros is not null && IsFinal(row) ? row.Facts | UsageFacts.Settled : row.Facts & ~UsageFacts.Settled;
    }

    // An answer that breaks off has been paid for, whoever broke it off; an error in its place has not.
    private static bool SawTooLittle(UsageRow row) => row.Outcome switch
    {
        "no_usage" or "client_disconnect" => true,
        "upstream_error" => row.Status is null or < FirstError && !row.Facts.HasFlag(UsageFacts.SawEnd),
        _ => false,
    };
}
