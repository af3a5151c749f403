using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Credentials;

/// <summary>Selects the credential to authenticate, by precedence; two values in one source are rejected.</summary>
internal sealed class ExtractCredentialStep : ICheckStep
{
    public string Name => "extract";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) => new(Extract(context));

    private static StepResult Extract(CheckContext context)
    {
        var headers = context.Request.Headers;
        var governance = headers.HasText(KnownHeader.Token) ? KnownHeader.Token : KnownHeader.CoderToken;
        context.IsByok = headers.HasText(governance);

        // A client credential beside a delegation is stripped unread, unless the governance header marks it as the caller's own.
        if (context.Delegation is not null && !context.IsByok)
        {
            return StepResult.Continue;
        }

        foreach (var header in CredentialSources.Common)
        {
            if (IsAmbiguous(headers, header))
            {
                return Denials.AmbiguousCredentials;
            }
        }

        if (
            IsAmbiguous(headers, CredentialSources.OwnHeader(context.Policy.Dialect))
            || (headers.HasText(KnownHeader.Token) && headers.HasText(KnownHeader.CoderToken))
        )
        {
            return Denials.AmbiguousCredentials;
        }

        if (context.IsByok)
        {
            context.Credential = new(headers[governance]!.Trim(), CredentialSources.NameOf(governance));
        }

        FromHeaders(context);
        return FromUpgradeAndQuery(context);
    }

    private static void FromHeaders(CheckContext context)
    {
        var headers = context.Request.Headers;
        foreach (var header in CredentialSources.InOrder(context.Policy.Options.CredentialOrder))
        {
            Offer(
                context,
                header == KnownHeader.Authorization ? BearerToken.Read(headers[header]) : headers[header],
                CredentialSources.NameOf(header)
            );
        }

        if (CredentialSources.OwnHeader(context.Policy.Dialect) is var own and not KnownHeader.None)
        {
            Offer(context, headers[own], CredentialSources.NameOf(own));
        }
    }

    private static StepResult FromUpgradeAndQuery(CheckContext context)
    {
        if (QueryToken.IsCredential(QueryToken.Key, context.Policy.Dialect, context.Kind.HasFlag(RequestKind.WebSocket)))
        {
            if (!QueryToken.TryRead(context, QueryToken.Key, out var key))
            {
                return Denials.AmbiguousCredentials;
            }

            Offer(context, key, "query key");
        }

        if (!context.Kind.HasFlag(RequestKind.WebSocket))
        {
            return StepResult.Continue;
        }

        var tokens = ProtocolToken.Read(context.Request.Headers[KnownHeader.SecWebSocketProtocol], out var token, out var others);
        if (
            tokens > 1
            || (token is not null && !HeaderText.IsVisible(token))
            || !QueryToken.TryRead(context, QueryToken.AccessToken, out var accessToken)
        )
        {
            return Denials.AmbiguousCredentials;
        }

        if (tokens == 1 && others.Length == 0)
        {
            return Denials.SubprotocolRequired;
        }

        Offer(context, token, "sec-websocket-protocol");
        Offer(context, accessToken, "query access_token");
        return StepResult.Continue;
    }

    private static bool IsAmbiguous(RequestHeaders headers, KnownHeader header) =>
        headers[header] is { } value && (headers.IsRepeated(header) || value.Contains(',') || !HeaderText.IsVisible(value));

    // The first source with a value wins; the others are only checked for ambiguity.
    private static void Offer(CheckContext context, string? token, string source)
    {
        if (context.Credential is null && !string.IsNullOrWhiteSpace(token))
        {
            context.Credential = new(token.Trim(), source);
        }
    }
}
