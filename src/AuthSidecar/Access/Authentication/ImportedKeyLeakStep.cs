using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// Denies an imported key as the caller's own provider credential: it has the form of a provider's key, so only a lookup can recognize it.
/// </summary>
internal sealed class ImportedKeyLeakStep(ApiKeyAuthenticator keys) : ICheckStep
{
    // Each costs a lookup. A real credential has one or two.
    private const int MostTokens = 8;

    public string Name => "own_credential";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        context.OwnCredential is { } own ? JudgeAsync(own.Value, cancellationToken) : new(StepResult.Continue);

    // At most MostTokens + 1.
    private static List<string> ImportedTokens(string value)
    {
        var found = new List<string>();
        foreach (var candidate in new TokenCandidates(value))
        {
            var token = candidate.ToString();
            if (TokenFamilies.Of(token).ToFormat() is { } format && format.IsImported() && !found.Contains(token))
            {
                found.Add(token);
                if (found.Count > MostTokens)
                {
                    break;
                }
            }
        }

        return found;
    }

    private async ValueTask<StepResult> JudgeAsync(string value, CancellationToken cancellationToken)
    {
        var tokens = ImportedTokens(value);
        if (tokens.Count > MostTokens)
        {
            return Denials.CredentialDestinationMismatch;
        }

        foreach (var token in tokens)
        {
            var result = await keys.AuthenticateAsync(token, cancellationToken);
            switch (result)
            {
                case { Identity: not null }:
                    return Denials.CredentialDestinationMismatch;
                case {
                    Failure: AuthenticationFailure.UnknownFamily or AuthenticationFailure.UnknownKey or AuthenticationFailure.InvalidKey
                }:
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
