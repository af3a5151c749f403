using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Answers;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using static AuthSidecar.Usage.Pipeline.UsageValues;

namespace AuthSidecar.Usage.Reporting;

/// <summary>Reports usage of each decision. Never blocks and never throws, so that no answer depends on it.</summary>
internal sealed partial class DecisionUsageReporter(
    UsageQueue queue,
    TimeProvider time,
    ILogger<DecisionUsageReporter> logger,
    RefusalCounts? refusals = null
)
{
    /// <summary>
    /// Whether a decision is counted with others instead of having a row of its own; call once for each, before <see cref="Report"/>.
    /// </summary>
    public bool IsCounted(CheckContext context, Decision decision) =>
        refusals is not null
        && context.Identity is null
        && decision is not Decision.Allow
        && !refusals.TryTakeRow(isNamed: context.DeniedIdentity is not null);

    /// <param name="context">The request.</param>
    /// <param name="decision">The decision that the client gets.</param>
    /// <param name="duration">Time since the request arrived.</param>
    public void Report(CheckContext context, Decision decision, TimeSpan duration)
    {
        try
        {
            if (context.IsCounted)
            {
                refusals!.Add(
                    new(
                        context.ChosenPolicy?.Name,
                        ProviderOf(context),
                        decision.Name,
                        decision.Denial?.Reason,
                        StatusOf(context, decision)
                    )
                );
                return;
            }

            queue.Record(ReportOf(context, decision, time.GetUtcNow() - duration));
        }
        catch (Exception fault)
        {
            LogFault(fault, context.DecisionId);
        }
    }

    private static UsageReport ReportOf(CheckContext context, Decision decision, DateTimeOffset asked)
    {
        var (identity, policy, headers) = (context.LoggedIdentity, context.ChosenPolicy, context.Request.Headers);
        return new()
        {
            DecisionId = context.DecisionId,
            Time = asked,
            KeyId = NullIfEmpty(identity?.KeyId),
            KeyLine = identity?.LineId,
            UserId = identity?.Person,
            SharedBudgets = context.BudgetGroups,
            Tenant = context.Tenant,
            App = context.App?.Id,
            Policy = policy?.Name,
            Provider = ProviderOf(context),
            Model = ModelOf(context, decision),
            Mode = NullIfEmpty(DecisionMetadata.AuthMode(context)),
            Decision = decision.Name,
            Reason = decision.Denial?.Reason,
            Detail = decision.Denial is { } denial ? denial.Detail ?? context.Detail : null,
            Status = StatusOf(context, decision),
            ReservedMicros = context.ReservedMicros ?? context.ResultMicros,
            Client = ClientNames.Of(headers[KnownHeader.UserAgent], headers[KnownHeader.Originator], headers[KnownHeader.CursorVersion]),
            Path = RowText.Path(context.Request.Target),
            Facts =
                (context is { IsAbandoned: true, IsRepeatable: true } ? UsageFacts.Abandoned : UsageFacts.Decided)
                | FactsOf(context.Endpoint),
        };
    }

    private static UsageFacts FactsOf(EndpointKind endpoint) =>
        endpoint switch
        {
            EndpointKind.ListsModels or EndpointKind.CountsTokens or EndpointKind.Bookkeeping => UsageFacts.GeneratesNothing,
            EndpointKind.ReadsResult => UsageFacts.ReadsResult,
            _ => UsageFacts.None,
        };

    private static string? ProviderOf(CheckContext context) =>
        context.ChosenPolicy is { Provider: not null } policy ? policy.Options.Provider : null;

    private static int? StatusOf(CheckContext context, Decision decision) =>
        decision is Decision.Deny deny
            ? ErrorBody.StatusOf(context.ChosenPolicy?.Options.Errors ?? ErrorShape.Canonical, deny.Denial)
            : null;

    // Sums are kept for each model: requests denied before the rate limit must not create new ones without bound.
    private static string? ModelOf(CheckContext context, Decision decision) =>
        (decision is Decision.Allow || decision.Denial?.Is(Denials.ModelNotAllowed) == true)
        && context is { Identity: not null, ChosenPolicy.Dialect: Dialect.Gemini or Dialect.AzureOpenai }
        && ModelNames.InPath(context) is [var model, ..]
            ? RowText.Name(model)
            : null;

    [LoggerMessage(Level = LogLevel.Error, Message = "Reporting usage of decision {DecisionId} failed; its row lacks the decision.")]
    private partial void LogFault(Exception fault, string decisionId);
}
