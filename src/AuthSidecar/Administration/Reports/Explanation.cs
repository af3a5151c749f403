using System.Text.Json.Serialization;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Reports;

/// <summary>Explains a decision and the end of its request from the stored usage row.</summary>
/// <param name="DecisionId">Id of the decision.</param>
/// <param name="Summary">The decision in one sentence.</param>
/// <param name="Detail">Detail of a denial's reason, such as the spent budget; null: none.</param>
/// <param name="Status">HTTP status of the denial in the catalogue; null: no denial, or a reason unknown to this version.</param>
/// <param name="Steps">Outcome of each step of Check; empty when Check has not reported the decision.</param>
/// <param name="End">The end of the request in one sentence.</param>
/// <param name="Cost">Origin of the cost in one sentence, or why the cost is unknown.</param>
/// <param name="Sources">Sources of the usage reports: <c>check</c>, <c>access_log</c>, <c>observer</c>, <c>service</c>.</param>
/// <param name="ReservedMicroUsd">The reservation in millionths of the currency; null: none.</param>
/// <param name="Settled">The reservation is settled.</param>
/// <param name="Row">The stored row.</param>
internal sealed record Explanation(
    string DecisionId,
    string Summary,
    string? Detail,
    int? Status,
    IReadOnlyList<StepOutcome> Steps,
    string End,
    string Cost,
    [property: JsonPropertyName("toldBy")] IReadOnlyList<string> Sources,
    long? ReservedMicroUsd,
    bool Settled,
    UsageRowDocument Row
)
{
    /// <param name="row">The stored row.</param>
    /// <param name="isPublic">Whether its policy has no callers.</param>
    public static Explanation Of(UsageRow row, bool isPublic)
    {
        var isDenial = row.Decision is "deny" or "close";
        var denial = isDenial ? Denials.All.FirstOrDefault(denial => denial.Reason == row.Reason) : null;
        return new(
            row.DecisionId,
            SummaryOf(row, denial),
            row.Detail,
            denial?.Status,
            isDenial || row.Decision == "allow" ? StepOutcome.Of(row, isPublic) : [],
            EndOf(row),
            CostOf(row),
            [.. SourcesOf(row.Facts)],
            row.Facts.HasFlag(UsageFacts.ReadsResult) ? null : row.ReservedMicros,
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
            _ when row.Facts.HasFlag(UsageFacts.Recorded) => "Reported by a service, without a decision of Check.",
            _ => "The decision has not been reported.",
        };

        string Meaning() => denial is null ? "." : $" ({denial.Status}). {denial.Message}";
    }

    private static string EndOf(UsageRow row) =>
        row.Outcome switch
        {
            "denied" => "Denied; not sent to an upstream.",
            "complete" => "Complete, with usage.",
            "no_usage" => "Complete; the response showed no usage.",
            "client_disconnect" => "The client left before the end.",
            "upstream_error" => $"The upstream failed{(row.ErrorType is { } type ? $": {type}" : "")}.",
            null => "The end has not been reported.",
            var outcome => $"{outcome}.",
        };

    private static string CostOf(UsageRow row) =>
        row switch
        {
            { CostMicros: not null, IsEstimated: true, Outcome: "complete" } =>
                "Estimated: no price is known for this provider and model at that time.",
            { CostMicros: not null, IsEstimated: true } =>
                "Estimated: the usage was not fully observed; the greater of reservation and observed amount counts.",
            { CostMicros: not null } => "From the counted tokens and the price of the day.",
            { Outcome: "denied" } => "None: denied.",
            _ when !row.Facts.HasFlag(UsageFacts.HasUsage) => "Unknown: no usage was observed.",
            _ => "Unknown: no price is known for this provider and model at that time.",
        };

    private static IEnumerable<string> SourcesOf(UsageFacts facts)
    {
        (UsageFacts Fact, string Name)[] sources =
        [
            (UsageFacts.Decided | UsageFacts.Abandoned, "check"),
            (UsageFacts.Logged, "access_log"),
            (UsageFacts.Observed, "observer"),
            (UsageFacts.Recorded, "service"),
        ];
        return sources.Where(source => (facts & source.Fact) != 0).Select(source => source.Name);
    }
}
