using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.Policies;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Access.Requests;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.TokenLimits;
using AuthSidecar.WebSockets.Leases;

namespace AuthSidecar.Decisions.Steps;

/// <summary>THE LIST: all steps of a decision, in order.</summary>
internal static class CheckSteps
{
    public static IReadOnlyList<ICheckStep> Create(IServiceProvider services) =>
        [
            new RequestIdStep(),
            new CanonicalPathStep(),
            new ClassifyStep(),
            ActivatorUtilities.CreateInstance<PolicyStep>(services),
            new EndpointStep(),
            new PathTokenStep(),
            new DelegationStep(),
            new ExtractCredentialStep(),
            ActivatorUtilities.CreateInstance<AuthenticateStep>(services),
            new SubjectTypeStep(),
            ActivatorUtilities.CreateInstance<RateLimitStep>(services),
            new EndpointAccessStep(),
            ActivatorUtilities.CreateInstance<BudgetStep>(services),
            new ByokStep(),
            ActivatorUtilities.CreateInstance<ImportedKeyLeakStep>(services),
            new ScopeStep(),
            ActivatorUtilities.CreateInstance<AppStep>(services),
            ActivatorUtilities.CreateInstance<MembershipStep>(services),
            ActivatorUtilities.CreateInstance<AppAuthorizationStep>(services),
            new ModelStep(),
            new MountCallerStep(),
            ActivatorUtilities.CreateInstance<AssertionStep>(services),
            ActivatorUtilities.CreateInstance<StreamDurationStep>(services),
            new UpstreamCredentialStep(),
            new WebSocketKeyStep(),
            ActivatorUtilities.CreateInstance<TokenLimitStep>(services),
            ActivatorUtilities.CreateInstance<BudgetReservationStep>(services),
            ActivatorUtilities.CreateInstance<ParallelLimitStep>(services),
            ActivatorUtilities.CreateInstance<SocketLeaseStep>(services),
        ];
}
