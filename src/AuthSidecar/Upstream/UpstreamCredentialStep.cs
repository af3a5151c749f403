using AuthSidecar.Credentials;
using AuthSidecar.Paths;
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

        Strip(context);
        if (context.Policy.Public is null && context.IsOrdinary)
        {
            context.Edits.Share();
            context.KnownIdentity.Prepared.Add(context.Policy, context.Edits, context.App);
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

    private static void Strip(CheckContext context)
    {
        var edits = context.Edits;
        foreach (var name in CredentialPlaces.AlwaysRemoved)
        {
            edits.RemoveHeader(name);
        }

        foreach (var name in IdentityHeaders.All)
        {
            edits.RemoveHeader(name);
        }

        foreach (var name in context.Request.Headers.Forged ?? [])
        {
            edits.RemoveHeader(name);
        }

        StripSubprotocol(context);
        var target = Query.Cut(context.Request.Target, parameter => IsOurs(context, parameter));
        if (!ReferenceEquals(target, context.Request.Target))
        {
            edits.SetTarget(target);
        }
    }

    private static void StripSubprotocol(CheckContext context)
    {
        if (ProtocolToken.Read(context.Request.Headers[KnownHeader.SecWebSocketProtocol], out _, out var others) > 0)
        {
            if (others.Length > 0)
            {
                context.Edits.SetHeader("sec-websocket-protocol", others);
            }
            else
            {
                context.Edits.RemoveHeader("sec-websocket-protocol");
            }
        }
    }

    private static bool IsOurs(CheckContext context, Query.Parameter parameter)
    {
        foreach (var name in (ReadOnlySpan<string>)[QueryToken.Key, QueryToken.AccessToken])
        {
            if (!parameter.Is(name))
            {
                continue;
            }

            var isOwn = context.OwnCredential is { Header: null } && name == QueryToken.Key;
            return !isOwn && (QueryToken.IsPlace(name, context) || context.Policy.OwnTokens.Contains(Query.Decode(parameter.RawValue)));
        }

        return false;
    }
}
