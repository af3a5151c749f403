using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Upstream;

/// <summary>Sets the provider's credential and removes every other header and parameter that could contain an issued credential.</summary>
internal sealed class UpstreamCredentialStep : EditStep
{
    public override string Name => "upstream_credential";

    public override bool RunsForPublic => true;

    public override AnswerFacts Reads => AnswerFacts.Policy | AnswerFacts.Byok | Stripping.Reads;

    protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
    {
        if (input.Policy.Provider is { } provider && !TrySetCredential(input, edits, provider))
        {
            return new(Denials.ProviderCredentialUnavailable);
        }

        Stripping.Apply(edits, input, input.OwnCredential);
        return new(StepResult.Continue);
    }

    private static bool TrySetCredential(EditInput input, UpstreamEdits edits, ProviderOptions provider)
    {
        if (input.OwnCredential is { } own)
        {
            if (own.Header is { } header)
            {
                edits.SetHeader(header, own.Value);
            }

            return true;
        }

        if (provider.Credential is not { } central)
        {
            return false;
        }

        var (name, value) = provider.Dialect switch
        {
            Dialect.Anthropic => ("x-api-key", central.Reveal()),
            Dialect.Gemini => ("x-goog-api-key", central.Reveal()),
            Dialect.AzureOpenai => ("api-key", central.Reveal()),
            Dialect.Openai => ("authorization", $"Bearer {central.Reveal()}"),
            _ => throw new InvalidOperationException("This dialect has no central credential."),
        };
        edits.SetHeader(name, value);
        return true;
    }
}
