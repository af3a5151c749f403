using AuthSidecar.Keys;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Authentication;

/// <summary>Keeps imported keys from leaving as somebody's own provider credential: they have the form of a provider's keys, so only the store can tell.</summary>
internal sealed class OwnCredentialStep(ApiKeyAuthenticator keys) : ICheckStep
{
    public string Name => "own_credential";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        context.OwnCredential is { } own ? JudgeAsync(own.Value, cancellationToken) : new(StepResult.Continue);

    private async ValueTask<StepResult> JudgeAsync(string value, CancellationToken cancellationToken)
    {
        foreach (var word in value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Where(word => TokenFamilies.Of(word).ToFormat() is { } format && format.IsImported()))
        {
            var result = await keys.AuthenticateAsync(word, cancellationToken);
            switch (result)
            {
                case { Identity: not null }:
                    return Denials.CredentialDestinationMismatch;
                case { Failure: AuthenticationFailure.UnknownFamily or AuthenticationFailure.UnknownKey or AuthenticationFailure.InvalidKey }:
                    break;
                case { Failure: AuthenticationFailure.StoreUnavailable or AuthenticationFailure.Undecided }:
                    return Denials.StoreUnavailable;
                default:
                    return Denials.CredentialDestinationMismatch;
            }
        }

        return StepResult.Continue;
    }
}
