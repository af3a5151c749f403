using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Authentication;

/// <summary>Authenticates the presented credential.</summary>
internal sealed class AuthenticateStep(Authenticator authenticator, FailedAuthThrottle throttle) : ICheckStep
{
    public string Name => "authenticate";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Delegation is null && context.Credential is null)
        {
            return new(Denials.MissingCredential);
        }

        return context.Candidates is { Count: > 1 } candidates
            ? SelectAsync(context, candidates, cancellationToken)
            : AuthenticateAsync(context, cancellationToken);
    }

    private async ValueTask<StepResult> SelectAsync(
        CheckContext context,
        IReadOnlyList<PresentedCredential> candidates,
        CancellationToken cancellationToken
    )
    {
        try
        {
            foreach (var candidate in candidates)
            {
                if (await authenticator.AcceptsFormAsync(candidate.Token))
                {
                    context.Credential = candidate;
                    break;
                }
            }
        }
        catch (StoreUnavailableException)
        {
            return Denials.StoreUnavailable;
        }

        return await AuthenticateAsync(context, cancellationToken);
    }

    private ValueTask<StepResult> AuthenticateAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // A trusted gateway does not guess keys, so it is not throttled.
        var address = context.Delegation is null ? throttle.AddressOf(context.Request) : null;
        var pending = context.Delegation is { } delegation
            ? authenticator.AuthenticateKeyIdAsync(delegation.KeyId, cancellationToken)
            : authenticator.AuthenticateAsync(context.Credential!.Token, cancellationToken, address);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, pending.Result, address)) : AwaitAsync(context, pending, address);
    }

    // The deadline may pass before the issuer answers; then the issuer is unavailable.
    private async ValueTask<StepResult> AwaitAsync(CheckContext context, ValueTask<AuthenticationResult> pending, string? address)
    {
        if (context.Delegation is null && TokenFamilies.Of(context.Credential!.Token) == TokenFamily.Jwt)
        {
            context.TimeoutDenial = Denials.JwksUnavailable;
        }

        var result = await pending;
        context.TimeoutDenial = Denials.InternalError;
        return Conclude(context, result, address);
    }

    private StepResult Conclude(CheckContext context, AuthenticationResult result, string? address)
    {
        if (result.Identity is { } identity)
        {
            context.Identity = identity;
            return StepResult.Continue;
        }

        context.Detail = result.Failure.ToString();
        context.DeniedIdentity = result.DeniedIdentity;
        var denial = DenialFor(result.Failure, context.Credential?.Token);
        if (denial.Is(Denials.InvalidToken))
        {
            throttle.Failed(address);
        }

        return denial.Is(Denials.TooManyFailures) ? denial with { RetryAfter = throttle.UntilLookup(address) } : denial;
    }

    /// <summary>Maps a failed authentication to its denial.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="token">The presented token, for the message about tokens of other gateways; null: none.</param>
    public static Denial DenialFor(AuthenticationFailure failure, string? token) =>
        failure switch
        {
            AuthenticationFailure.UnknownFamily or AuthenticationFailure.UnknownIssuer => ForeignFamilies.DenialFor(token),
            AuthenticationFailure.RevokedKey => Denials.TokenRevoked,
            AuthenticationFailure.ExpiredKey => Denials.TokenExpired,
            AuthenticationFailure.TooManyFailures => Denials.TooManyFailures,
            AuthenticationFailure.StoreUnavailable => Denials.StoreUnavailable,
            AuthenticationFailure.IssuerUnavailable => Denials.JwksUnavailable,
            AuthenticationFailure.Undecided => Denials.InternalError,
            _ => Denials.InvalidToken,
        };
}
