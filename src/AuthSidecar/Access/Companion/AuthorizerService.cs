using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.Policies;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.V1;
using Grpc.Core;

namespace AuthSidecar.Access.Companion;

/// <summary>Authentication, limits, models and budgets, as in Check, for services that are not behind Envoy.</summary>
internal sealed class AuthorizerService(
    Authenticator authenticator,
    RequestLimits limits,
    BudgetReader budgets,
    LiveOptions<List<JwtOptions>> issuers,
    LiveOptions<PolicySet> policies,
    AuthorizerUsageReporter usage
) : Authorizer.AuthorizerBase
{
    public override async Task<IsAuthorizedResponse> IsAuthorized(IsAuthorizedRequest request, ServerCallContext context)
    {
        if (request.HasProviderName || request.HasModel)
        {
            return await AuthorizeModelAsync(request, context.CancellationToken);
        }

        AuthenticationResult result = default;
        try
        {
            result = await AuthenticateAsync(request, context.CancellationToken);
            var identity = result.Identity ?? throw CompanionErrors.For(result.Failure);
            await CountAsync(identity);
            usage.Report(identity);
            return Answer(identity);
        }
        catch (Exception fault)
        {
            usage.Report(result, CompanionErrors.ReasonOf(fault));
            throw;
        }
    }

    public override async Task<IsBudgetExceededResponse> IsBudgetExceeded(IsBudgetExceededRequest request, ServerCallContext context)
    {
        var person =
            Guid.TryParseExact(request.UserId, "D", out var userId) ? userId.ToString("D")
            : ExternalPerson.TrySplit(request.UserId, out _, out _) ? request.UserId
            : throw CompanionErrors.Malformed("user_id is neither a UUID nor ISSUER|SUB.");
        BudgetLookup budget;
        try
        {
            budget = await budgets.ReadAsync(new(person, null, IssuerBudgets.Of(issuers.Current, person)), context.CancellationToken);
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

    // The first phase counted and reported the call already.
    private async Task<IsAuthorizedResponse> AuthorizeModelAsync(IsAuthorizedRequest request, CancellationToken cancellationToken)
    {
        RejectAmbiguous(request);
        if (request.ProviderName.Length == 0 || request.Model.Length == 0)
        {
            throw CompanionErrors.Malformed("provider_name and model belong together; both or neither, and not empty.");
        }

        var result = await AuthenticateAsync(request, cancellationToken);
        var identity = result.Identity ?? throw CompanionErrors.For(result.Failure);
        return AccessRules.AllowsModel(identity.Models, request.Model) && PoliciesAllow(request.ProviderName, request.Model)
            ? Answer(identity)
            : throw CompanionErrors.ModelNotAllowed();
    }

    private ValueTask<AuthenticationResult> AuthenticateAsync(IsAuthorizedRequest request, CancellationToken cancellationToken)
    {
        RejectAmbiguous(request);
        return request.KeyId.Length > 0
            ? authenticator.AuthenticateKeyIdAsync(request.KeyId, cancellationToken)
            : authenticator.AuthenticateAsync(request.Key, cancellationToken);
    }

    private static void RejectAmbiguous(IsAuthorizedRequest request)
    {
        if (request.Key.Length > 0 && request.KeyId.Length > 0)
        {
            throw CompanionErrors.Ambiguous("Both key and key_id are set; exactly one is required.");
        }
    }

    private static IsAuthorizedResponse Answer(Identity identity) =>
        new()
        {
            OwnerId = identity.UserId ?? identity.Subject,
            ApiKeyId = identity.KeyId,
            Username = identity.Username ?? "",
        };

    private async Task CountAsync(Identity identity)
    {
        var answer = await limits.CountAsync(identity, policy: null, models: []);
        if (answer.Verdict == LimitVerdict.Denied)
        {
            throw CompanionErrors.RateLimited(answer.RetryAfter);
        }

        if (answer.Verdict is not (LimitVerdict.Counted or LimitVerdict.Uncounted))
        {
            throw CompanionErrors.LimiterUnavailable();
        }
    }

    // There is no route, so one policy of the provider that allows the model is enough.
    private bool PoliciesAllow(string provider, string model)
    {
        var ofProvider = policies.Current.Policies.Where(policy => policy.Options.Provider == provider).ToList();
        return ofProvider.Count == 0 || ofProvider.Exists(policy => AccessRules.AllowsModel(policy.Options.Models, model));
    }
}
