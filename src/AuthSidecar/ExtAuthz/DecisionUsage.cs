using AuthSidecar.Authorization;
using AuthSidecar.Endpoints;
using AuthSidecar.Pipeline;
using AuthSidecar.Policies;
using AuthSidecar.Storage;
using AuthSidecar.Upstream;
using AuthSidecar.Usage;

namespace AuthSidecar.ExtAuthz;

/// <summary>Tells usage of each decision once it is made. It never waits and never throws, so that no answer depends on it.</summary>
internal sealed partial class DecisionUsage(UsageQueue queue, TimeProvider time, ILogger<DecisionUsage> logger, RefusalCounts? refusals = null)
{
    /// <summary>Whether a decision has no row of its own; asked once for each, before it is told.</summary>
    public bool IsCounted(CheckContext context, Decision decision) => refusals is not null && context.Identity is null && decision is not Decision.Allow && !refusals.TryTakeRow();

    /// <param name="context">What is known of the request.</param>
    /// <param name="decision">What the client is told.</param>
    /// <param name="duration">How long ago it was asked.</param>
    public void Tell(CheckContext context, Decision decision, TimeSpan duration)
    {
        try
        {
            if (context.IsCounted)
            {
                refusals!.Add(new(context.ChosenPolicy?.Name, ProviderOf(context), decision.Word, decision.Refusal?.Reason, StatusOf(context, decision)));
                return;
            }

            queue.Offer(PartOf(context, decision, time.GetUtcNow() - duration));
        }
        catch (Exception fault)
        {
            LogFault(fault, context.DecisionId);
        }
    }

    private static UsageRow PartOf(CheckContext context, Decision decision, DateTimeOffset asked)
    {
        var (identity, policy, headers) = (context.Identity, context.ChosenPolicy, context.Request.Headers);
        return new()
        {
            DecisionId = context.DecisionId,
            Time = asked,
            KeyId = Known(identity?.KeyId),
            KeyLine = identity?.LineId,
            UserId = identity?.Person,
            Purses = context.Purses,
            Tenant = context.Tenant,
            App = context.App?.Id,
            Policy = policy?.Name,
            Provider = ProviderOf(context),
            Model = ModelOf(context, decision),
            Mode = Known(DecisionMetadata.AuthMode(context)),
            Decision = decision.Word,
            Reason = decision.Refusal?.Reason,
            Detail = decision.Refusal?.Detail,
            Status = StatusOf(context, decision),
            ReservedMicros = context.ReservedMicros,
            Client = ClientNames.Of(headers[KnownHeader.UserAgent], headers[KnownHeader.Originator], headers[KnownHeader.CursorVersion]),
            Path = RowText.Path(context.Request.Target),
            Facts = UsageFacts.Decided | FactsOf(context.Endpoint),
        };
    }

    private static UsageFacts FactsOf(EndpointKind endpoint) => endpoint switch
    {
        EndpointKind.ListsModels or EndpointKind.CountsTokens or EndpointKind.Keeps => UsageFacts.GeneratesNothing,
        EndpointKind.ReadsResult => UsageFacts.ReadsResult,
        _ => UsageFacts.None,
    };

    private static string? ProviderOf(CheckContext context) => context.ChosenPolicy is { Provider: not null } policy ? policy.Options.Provider : null;

    private static int? StatusOf(CheckContext context, Decision decision) =>
        decision is Decision.Deny deny ? ErrorBody.StatusOf(context.ChosenPolicy?.Options.Errors ?? ErrorShape.Canonical, deny.Denial) : null;

    // Sums are kept for each model: what is refused before anybody counted it must not make new ones without end.
    private static string? ModelOf(CheckContext context, Decision decision) =>
        (decision is Decision.Allow || decision.Refusal == Denials.ModelNotAllowed) && context is { Identity: not null, ChosenPolicy.Dialect: Dialect.Gemini or Dialect.AzureOpenai } && ModelNames.InPath(context) is [var model, ..]
            ? RowText.Name(model)
            : null;

    private static string? Known(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [LoggerMessage(Level = LogLevel.Error, Message = "Usage was not told of decision {DecisionId}.")]
    private partial void LogFault(Exception fault, string decisionId);
}
