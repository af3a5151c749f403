using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Observation;
using AuthSidecar.Usage.Pipeline;
using static AuthSidecar.Usage.Pipeline.UsageValues;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>
/// Reports the usage that an observed exchange showed. Nothing to report: no decision of ours, a denial, or neither a response nor a
/// requested model.
/// </summary>
internal sealed class ObserverUsageReporter(UsageQueue queue, ObserverMetrics metrics)
{
    public void Report(StreamObservation exchange)
    {
        if (ReportOf(exchange) is { } report)
        {
            metrics.Count(report);
            queue.Record(report);
        }
    }

    private static UsageReport? ReportOf(StreamObservation exchange)
    {
        var (asked, seenInput) = (exchange.RequestedModel, exchange.SeenInput);
        if (exchange.Decision is not { Decision: "allow" } decision || (exchange.Status is null && asked is null && seenInput is null))
        {
            return null;
        }

        var summary = exchange.Summarize();
        return new()
        {
            DecisionId = decision.Id,
            Time = exchange.Started,
            KeyId = NullIfEmpty(decision.KeyId),
            KeyLine = NullIfEmpty(decision.KeyLine),
            Policy = NullIfEmpty(decision.Policy),
            Provider = exchange.Provider,
            Model = summary.Model ?? asked,
            AskedModel = summary.Model is null || summary.Model == asked ? null : asked,
            Mode = NullIfEmpty(decision.Mode),
            Decision = decision.Decision,
            Status = exchange.Status,
            ErrorType = summary.ErrorType,
            InputTokens = summary.Counts[UsageField.Input],
            OutputTokens = summary.Counts[UsageField.Output],
            CachedReadTokens = summary.Counts[UsageField.CachedRead],
            CachedWriteTokens = summary.Counts[UsageField.CachedWrite],
            ReasoningTokens = summary.Counts[UsageField.Reasoning],
            SeenInputTokens = seenInput,
            SeenOutputTokens = summary.SeenOutput,
            ObjectId = CanBeReadAgain(summary.Api, exchange.MayStore) ? summary.ObjectId : null,
            Facts = FactsOf(summary, hasResponse: exchange.Status is not null),
        };
    }

    private static UsageFacts FactsOf(ResponseSummary summary, bool hasResponse) =>
        (hasResponse ? UsageFacts.Observed : UsageFacts.None)
        | (summary.Counts.IsEmpty ? UsageFacts.None : UsageFacts.HasUsage | HowCounted(summary.Api))
        | (summary.Model is null ? UsageFacts.None : UsageFacts.IsResponseModel)
        | (summary.HasEnded ? UsageFacts.Ended : UsageFacts.None)
        | (summary.WasReadWhole ? UsageFacts.SawEnd : UsageFacts.None)
        | (summary.HasFailed ? UsageFacts.UpstreamFailed : UsageFacts.None);

    // Each API counts other tokens twice.
    private static UsageFacts HowCounted(EventKind api) =>
        api switch
        {
            EventKind.Message => UsageFacts.HasReasoningInOutput,
            EventKind.Gemini or EventKind.Interaction => UsageFacts.HasCachedInInput,
            _ => UsageFacts.HasCachedInInput | UsageFacts.HasReasoningInOutput,
        };

    // Anthropic and Gemini never return a response again; Chat Completions returns stored ones only.
    private static bool CanBeReadAgain(EventKind api, bool mayStore) =>
        api switch
        {
            EventKind.Message or EventKind.Gemini => false,
            EventKind.Chat => mayStore,
            _ => true,
        };
}
