using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// Refuses an imported key as the caller's own provider credential: it has the form of a provider's key, so only the store can recognize
/// it.
/// </summary>
internal sealed class ImportedKeyLeakStep(ApiKeyAuthenticator keys) : ICheckStep
{
    // A credential is one word or two; each costs a lookup.
    private const int MostWords = 8;

    public string Name => "own_credential";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        context.OwnCredential is { } own ? JudgeAsync(own.Value, cancellationToken) : new(StepResult.Continue);

    // At most one more than is looked up.
    private static List<string> ImportedWords(string value)
    {
        var found = new List<string>();
        foreach (var span in new CredentialWords(value))
        {
            var word = span.ToString();
            if (TokenFamilies.Of(word).ToFormat() is { } format && format.IsImported() && !found.Contains(word))
            {
                found.Add(word);
                if (found.Count > MostWords)
                {
                    break;
                }
            }
        }

        return found;
    }

    private async ValueTask<StepResult> JudgeAsync(string value, CancellationToken cancellationToken)
    {
        var words = ImportedWords(value);
        if (words.Count > MostWords)
        {
            return Denials.CredentialDestinationMismatch;
        }

        foreach (var word in words)
        {
            var result = await keys.AuthenticateAsync(word, cancellationToken);
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
