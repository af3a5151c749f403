using AuthSidecar.Keys;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Authentication;

/// <summary>From what was presented to an identity.</summary>
internal sealed class AuthenticateStep(Authenticator authenticator) : ICheckStep
{
    public string Name => "authenticate";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Delegation is null && context.Credential is null)
        {
            return new(Denials.MissingCredential);
        }

        var pending = context.Delegation is { } delegation
            ? authenticator.AuthenticateKeyIdAsync(delegation.KeyId, cancellationToken)
            : authenticator.AuthenticateAsync(context.Credential!.Token, cancellationToken);
        return pending.IsCompletedSuccessfully ? new(Conclude(context, pending.Result)) : AwaitAsync(context, pending);
    }

    // Whoever asks may have less patience than an issuer needs; then it is the issuer that cannot be had.
    private static async ValueTask<StepResult> AwaitAsync(CheckContext context, ValueTask<AuthenticationResult> pending)
    {
        if (context.Delegation is null && TokenFamilies.Of(context.Credential!.Token) == TokenFamily.Jwt)
        {
            context.Overdue = Denials.JwksUnavailable;
        }

        var result = await pending;
        context.Overdue = Denials.InternalError;
        return Conclude(context, result);
    }

    private static StepResult Conclude(CheckContext context, AuthenticationResult result)
    {
        if (result.Identity is not { } identity)
        {
            return DenialFor(result.Failure, context.Credential?.Token);
        }

        context.Identity = identity;
        return StepResult.Continue;
    }

    private static Denial DenialFor(AuthenticationFailure failure, string? token) => failure switch
    {
        AuthenticationFailure.UnknownFamily or AuthenticationFailure.UnknownIssuer => ForeignFamilies.Refuse(token),
        AuthenticationFailure.RevokedKey => Denials.TokenRevoked,
        AuthenticationFailure.ExpiredKey => Denials.TokenExpired,
        AuthenticationFailure.StoreUnavailable => Denials.StoreUnavailable,
        AuthenticationFailure.IssuerUnavailable => Denials.JwksUnavailable,
        AuthenticationFailure.Undecided => Denials.InternalError,
        _ => Denials.InvalidToken,
    };
}
