using AuthSidecar.Keys;
using AuthSidecar.Pipeline;
using AuthSidecar.RateLimiting;

namespace AuthSidecar.Authentication;

/// <summary>From what was presented to an identity.</summary>
internal sealed class AuthenticateStep(Authenticator authenticator, FailedAuthThrottle guard) : ICheckStep
{
    public string Name => "authenticate";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Delegation is null && context.Credential is null)
        {
            return new(Denials.MissingCredential);
        }

        // What a trusted gateway asks for is nobody's guess.
        var address = context.Delegation is null ? guard.AddressOf(context.Request) : null;
        var pending = context.Delegation is { } delegation
            ? authenticator.AuthenticateKeyIdAsync(delegation.KeyId, cancellationToken)
            : authenticator.AuthenticateAsync(context.Credential!.Token, cancellationToken, address);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, pending.Result, address)) : AwaitAsync(context, pending, address);
    }

    // Whoever asks may have less patience than an issuer needs; then it is the issuer that cannot be had.
    private async ValueTask<StepResult> AwaitAsync(CheckContext context, ValueTask<AuthenticationResult> pending, string? address)
    {
        if (context.Delegation is null && TokenFamilies.Of(context.Credential!.Token) == TokenFamily.Jwt)
        {
            context.Overdue = Denials.JwksUnavailable;
        }

        var result = await pending;
        context.Overdue = Denials.InternalError;
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
        var denial = DenialFor(result.Failure, context.Credential?.Token);
        if (denial.Is(Denials.InvalidToken))
        {
            guard.Failed(address);
        }

        return denial.Is(Denials.TooManyFailures) ? denial with { RetryAfter = guard.UntilLookup(address) } : denial;
    }

    /// <summary>What a failed authentication is refused with.</summary>
    /// <param name="failure">Why there is no identity.</param>
    /// <param name="token">What was presented, for the words about tokens of other gateways; null: nothing.</param>
    public static Denial DenialFor(AuthenticationFailure failure, string? token) => failure switch
    {
        AuthenticationFailure.UnknownFamily or AuthenticationFailure.UnknownIssuer => ForeignFamilies.Refuse(token),
        AuthenticationFailure.RevokedKey => Denials.TokenRevoked,
        AuthenticationFailure.ExpiredKey => Denials.TokenExpired,
        AuthenticationFailure.TooManyFailures => Denials.TooManyFailures,
        AuthenticationFailure.StoreUnavailable => Denials.StoreUnavailable,
        AuthenticationFailure.IssuerUnavailable => Denials.JwksUnavailable,
        AuthenticationFailure.Undecided => Denials.InternalError,
        _ => Denials.InvalidToken,
    };
}
