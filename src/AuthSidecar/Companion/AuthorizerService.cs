using AuthSidecar.Authentication;
using AuthSidecar.Authorization;
using AuthSidecar.Budgets;
using AuthSidecar.Configuration;
using AuthSidecar.Pipeline;
using AuthSidecar.RateLimiting;
using AuthSidecar.Storage;
using AuthSidecar.V1;
using Grpc.Core;

namespace AuthSidecar.Companion;

/// <summary>The same questions that Check asks, for services that are not behind Envoy.</summary>
internal sealed class AuthorizerService(Authenticator authenticator, RequestLimits limits, BudgetReader budgets, SettingsMonitor settings) : Authorizer.AuthorizerBase
{
    public override async Task<IsAuthorizedResponse> IsAuthorized(IsAuthorizedRequest request, ServerCallContext context)
    {
        if (request.Key.Length > 0 && request.KeyId.Length > 0)
        {
            throw CompanionErrors.Ambiguous("Both key and key_id are set; exactly one is required.");
        }

        var namesModel = request.HasProviderName || request.HasModel;
        if (namesModel && (request.ProviderName.Length == 0 || request.Model.Length == 0))
        {
            throw CompanionErrors.Malformed("provider_name and model belong together; both or neither, and not empty.");
        }

        var result = request.KeyId.Length > 0
            ? await authenticator.AuthenticateKeyIdAsync(request.KeyId, context.CancellationToken)
            : await authenticator.AuthenticateAsync(request.Key, context.CancellationToken);
        if (result.Identity is not { } identity)
        {
            throw CompanionErrors.For(result.Failure);
        }

        if (namesModel && !(AccessRules.AllowsModel(identity.Models, request.Model) && PoliciesAllow(request.ProviderName, request.Model)))
        {
            throw CompanionErrors.ModelNotAllowed();
        }

        // A second phase was counted with its first.
        if (!namesModel)
        {
            await CountAsync(identity);
        }

        return new() { OwnerId = identity.UserId ?? identity.Subject, ApiKeyId = identity.KeyId, Username = identity.Username ?? "" };
    }

    public override async Task<IsBudgetExceededResponse> IsBudgetExceeded(IsBudgetExceededRequest request, ServerCallContext context)
    {
        if (!Guid.TryParseExact(request.UserId, "D", out var userId))
        {
            throw CompanionErrors.Malformed("user_id is not a UUID.");
        }

        BudgetState budget;
        try
        {
            budget = await budgets.ReadAsync(new(userId.ToString("D"), null), context.CancellationToken);
        }
        catch (StoreUnavailableException)
        {
            throw CompanionErrors.StoreUnavailable();
        }

        var response = new IsBudgetExceededResponse { Exceeded = budget.IsExceeded };
        if (budget.LimitMicros is { } limit)
        {
            response.SpendLimitMicros = limit;
        }

        return response;
    }

    private async Task CountAsync(Identity identity)
    {
        var answer = await limits.CountAsync(identity, policy: null);
        if (answer.Verdict == LimitVerdict.Refused)
        {
            throw CompanionErrors.RateLimited(answer.RetryAfter);
        }

        if (answer.Verdict is not (LimitVerdict.Counted or LimitVerdict.Uncounted))
        {
            throw CompanionErrors.LimiterUnavailable();
        }
    }

    // The caller's route is not known here, so one policy that lets the model through to this provider is enough.
    private bool PoliciesAllow(string provider, string model)
    {
        var policies = settings.Current.Policies.Policies.Where(policy => policy.Options.Provider == provider).ToList();
        return policies.Count == 0 || policies.Exists(policy => AccessRules.AllowsModel(policy.Options.Models, model));
    }
}
