using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Reports;

/// <summary>How a decision came about and what became of the request, as far as it is stored.</summary>
/// <param name="DecisionId">Its id.</param>
/// <param name="Summary">One sentence: what was decided.</param>
/// <param name="Detail">What the reason of a refusal does not say, such as which budget is spent; null: nothing.</param>
/// <param name="Status">The status that a refusal has in the catalogue; null: nothing was refused, or for a reason that this version does
/// not know.</param>
/// <param name="Steps">What became of each step of Check; empty when Check has not told of it.</param>
/// <param name="End">One sentence: how it ended.</param>
/// <param name="Cost">One sentence: what it cost, or why that is not known.</param>
/// <param name="ToldBy">Who has told of it: <c>check</c>, <c>access_log</c>, <c>observer</c>, <c>service</c>.</param>
/// <param name="ReservedMicroUsd">What was set aside for it; null: nothing.</param>
/// <param name="Settled">What was set aside is free again.</param>
/// <param name="Row">Everything else that is stored.</param>
internal sealed record Explanation(
    string DecisionId,
    string Summary,
    string? Detail,
    int? Status,
    IReadOnlyList<StepOutcome> Steps,
    string End,
    string Cost,
    IReadOnlyList<string> ToldBy,
    long? ReservedMicroUsd,
    bool Settled,
    UsageRowDocument Row
)
{
    /// <param name="row">What is stored.</param>
    /// <param name="isPublic">Whether its policy has no callers.</param>
    public static Explanation Of(UsageRow row, bool isPublic)
    {
        var isRefused = row.Decision is "deny" or "close";
        var denial = isRefused ? Denials.All.FirstOrDefault(denial => denial.Reason == row.Reason) : null;
        return new(
            row.DecisionId,
            SummaryOf(row, denial),
            row.Detail,
            denial?.Status,
            isRefused || row.Decision == "allow" ? StepOutcome.Of(row, isPublic) : [],
            EndOf(row),
            CostOf(row),
            [.. Tellers(row.Facts)],
            row.ReservedMicros,
            row.Facts.HasFlag(UsageFacts.Settled),
            UsageRowDocument.Of(row)
        );
    }

    private static string SummaryOf(UsageRow row, Denial? denial)
    {
        var policy = string.IsNullOrEmpty(row.Policy) ? "" : $" under policy {row.Policy}";
        return row.Decision switch
        {
            "deny" or "close" when row.Requests is { } count =>
                $"{count} requests of this minute without an identity were refused{policy}: {row.Reason}{Meaning()}",
            "allow" => $"Allowed{policy}.",
            "deny" => $"Refused{policy}: {row.Reason}{Meaning()}",
            "close" => $"Its WebSocket was sent to the closer{policy}: {row.Reason}{Meaning()}",
            _ when row.Facts.HasFlag(UsageFacts.Recorded) => "Told of by a service, which does not ask Check.",
            _ => "What was decided has not been told.",
        };

        string Meaning() => denial is null ? "." : $" ({denial.Status}). {denial.Message}";
    }

    private static string EndOf(UsageRow row) =>
        row.Outcome switch
        {
            "denied" => "It reached no upstream.",
            "complete" => "It ended well, and its usage was seen.",
            "no_usage" => "It ended well; no usage was seen in the answer.",
            "client_disconnect" => "The client left before the end.",
            "upstream_error" => $"The upstream failed{(row.ErrorType is { } type ? $": {type}" : "")}.",
            null => "Its end has not been told.",
            var outcome => $"{outcome}.",
        };

    private static string CostOf(UsageRow row) =>
        row switch
        {
            { CostMicros: not null, IsEstimated: true, Outcome: "complete" } =>
                "Estimated: no price is known for this provider and model at that time.",
            { CostMicros: not null, IsEstimated: true } =>
                "Estimated: too little was seen, so the estimate counts, or what passed if that is more.",
            { CostMicros: not null } => "By the tokens seen and the price of the day.",
            { Outcome: "denied" } => "None: it was refused.",
            _ when !row.Facts.HasFlag(UsageFacts.HasUsage) => "Unknown: no usage was seen.",
            _ => "Unknown: no price is known for this provider and model at that time.",
        };

    private static IEnumerable<string> Tellers(UsageFacts facts)
    {
        (UsageFacts Fact, string Teller)[] tellers =
        [
            (UsageFacts.Decided, "check"),
            (UsageFacts.Logged, "access_log"),
            (UsageFacts.Observed, "observer"),
            (UsageFacts.Recorded, "service"),
        ];
        return tellers.Where(teller => facts.HasFlag(teller.Fact)).Select(teller => teller.Teller);
    }
}
