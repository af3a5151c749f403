using AuthSidecar.Keys;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Authentication;

/// <summary>
/// Keeps imported keys from being forwarded as a BYOK credential: they look like a provider's keys, so each is looked up in the store.
/// </summary>
internal sealed class ImportedKeyLeakStep(ApiKeyAuthenticator keys) : ICheckStep
{
    // A credential is one word or two; each costs a lookup.
    private const int MostWords = 8;
    private static readonly char[] _blanks = [' ', '\t'];
    private static readonly char[] _separators = [.. _blanks, ',', ';', '=', '"'];

    public string Name => "own_credential";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        context.OwnCredential is { } own ? JudgeAsync(own.Value, cancellationToken) : new(StepResult.Continue);

    // "Token token="sk-…"" would leak one as well as "Bearer sk-…"; and a key may itself contain separators.
    private static IEnumerable<string> Words(string value) => value.Split(_blanks, StringSplitOptions.RemoveEmptyEntries)
        .Concat(value.Split(_separators, StringSplitOptions.RemoveEmptyEntries))
        .Distinct(StringComparer.Ordinal)
        .Where(word => TokenFamilies.Of(word).ToFormat() is { } format && format.IsImported());

    private async ValueTask<StepResult> JudgeAsync(string value, CancellationToken cancellationToken)
    {
        var words = Words(value).Take(MostWords + 1).ToList();
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
