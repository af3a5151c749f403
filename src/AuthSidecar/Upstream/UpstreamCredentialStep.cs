using AuthSidecar.Pipeline;

namespace AuthSidecar.Upstream;

/// <summary>Puts the provider's credential in place and removes every other place in which one of ours could stand.</summary>
internal sealed class UpstreamCredentialStep : ICheckStep
{
    public string Name => "upstream_credential";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Edits.IsShared)
        {
            return new(StepResult.Continue);
        }

        if (context.Policy.Provider is { } provider && !PutCredential(context, provider))
        {
            return new(Denials.ProviderCredentialUnavailable);
        }

        Stripping.Apply(context.Edits, context, context.OwnCredential);
        if (context.Policy.Public is null && context.IsOrdinary)
        {
            context.Edits.Share();
            context.KnownIdentity.Prepared.Add(context.Policy, context.Edits, context.App, context.Codings);
        }

        return new(StepResult.Continue);
    }

    private static bool PutCredential(CheckContext context, ProviderOptions provider)
    {
        if (context.OwnCredential is { } own)
        {
            if (own.Header is { } header)
            {
                context.Edits.SetHeader(header, own.Value);
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
        context.Edits.SetHeader(name, value);
        return true;
    }
}
