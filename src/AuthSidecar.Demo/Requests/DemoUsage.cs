using AuthSidecar.Demo.Upstream;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Demo.Requests;

/// <summary>The usage recorded for the demo's requests, and what is wrong with it.</summary>
/// <param name="Decisions">Ids of all decisions in the decision log.</param>
/// <param name="Rows">All usage rows in the store.</param>
/// <param name="HasEnvoy">Envoy reported how the requests ended and what the upstream answered.</param>
/// <param name="Answered">Ids of the decisions that reached the client; null: all of them.</param>
internal sealed record DemoUsage(
    IReadOnlyList<string> Decisions,
    IReadOnlyList<UsageRow> Rows,
    bool HasEnvoy,
    IReadOnlySet<string>? Answered = null
)
{
    private static readonly (long?, long?) _tokens = (ProviderAnswer.InputTokens, ProviderAnswer.OutputTokens);

    /// <summary>Empty when each decision has exactly one complete row.</summary>
    public IReadOnlyList<string> Complaints { get; } =
    [
        .. Decisions.Except(Rows.Select(row => row.DecisionId)).Select(id => $"decision {id} has no row"),
        .. Rows.Select(row => row.DecisionId).Except(Decisions).Select(id => $"row {id} is of no decision"),
        .. Rows.Where(row => HasEnvoy && row.Outcome is null && HasEnd(Answered, row)).Select(row => $"row {row.DecisionId} has no end"),
        .. Rows.Where(row => HasEnvoy && IsCounted(row) && HasEnd(Answered, row) && (row.InputTokens, row.OutputTokens) != _tokens)
            .Select(row => $"row {row.DecisionId} has {row.InputTokens} tokens in and {row.OutputTokens} out"),
    ];

    public UsageRow? Of(DemoResult result) => Rows.FirstOrDefault(row => row.DecisionId == result.Exchange.Client.DecisionId);

    private static bool IsCounted(UsageRow row) => row is { Decision: "allow", Provider: not null };

    // After a timeout Envoy answers by itself and reports no end for that decision.
    private static bool HasEnd(IReadOnlySet<string>? answered, UsageRow row) => answered is null || answered.Contains(row.DecisionId);
}
