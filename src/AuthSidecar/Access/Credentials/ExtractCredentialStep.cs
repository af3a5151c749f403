using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
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

        List<PresentedCredential>? all = null;
        if (context.Policy.Options.CredentialOrder == CredentialOrder.OwnFirst && !context.IsByok)
        {
            context.Candidates = all = [];
        }

        FromHeaders(context, all);
        return FromUpgradeAndQuery(context, all);
    }

    private static void FromHeaders(CheckContext context, List<PresentedCredential>? all)
    {
        var headers = context.Request.Headers;
        foreach (var header in CredentialSources.InOrder(context.Policy.Options.CredentialOrder))
        {
            Offer(
                context,
                all,
                header == KnownHeader.Authorization ? BearerToken.Read(headers[header]) : headers[header],
                CredentialSources.NameOf(header)
            );
        }

        if (CredentialSources.OwnHeader(context.Policy.Dialect) is var own and not KnownHeader.None)
        {
            Offer(context, all, headers[own], CredentialSources.NameOf(own));
        }

        // LiteLLM accepts the key with and without a scheme.
        var litellm = headers[KnownHeader.LitellmApiKey];
        Offer(context, all, BearerToken.Read(litellm) ?? litellm, CredentialSources.NameOf(KnownHeader.LitellmApiKey));
    }

    private static StepResult FromUpgradeAndQuery(CheckContext context, List<PresentedCredential>? all)
    {
        if (QueryToken.IsCredential(QueryToken.Key, context.Policy.Dialect, context.Kind.HasFlag(RequestKind.WebSocket)))
        {
            if (!QueryToken.TryRead(context, QueryToken.Key, out var key))
            {
                return Denials.AmbiguousCredentials;
            }

            Offer(context, all, key, "query key");
        }

        if (!context.Kind.HasFlag(RequestKind.WebSocket))
        {
            return StepResult.Continue;
        }

        string? azureKey = null;
        if (
            !ProtocolToken.TryRead(context.Request.Headers[KnownHeader.SecWebSocketProtocol], out var offered)
            || !IsVisible(offered.Own)
            || !IsVisible(offered.Realtime)
            || !QueryToken.TryRead(context, QueryToken.AccessToken, out var accessToken)
            || (
                QueryToken.IsCredential(QueryToken.AzureKey, context.Policy.Dialect, isWebSocket: true)
                && !QueryToken.TryRead(context, QueryToken.AzureKey, out azureKey)
            )
        )
        {
            return Denials.AmbiguousCredentials;
        }

        if (offered.HasAny && offered.Others.Length == 0)
        {
            return Denials.SubprotocolRequired;
        }

        Offer(context, all, offered.Own, "sec-websocket-protocol");
        Offer(context, all, offered.Realtime, "sec-websocket-protocol");
        Offer(context, all, accessToken, "query access_token");
        Offer(context, all, azureKey, "query api-key");
        return StepResult.Continue;
    }

    private static bool IsAmbiguous(RequestHeaders headers, KnownHeader header) =>
        headers[header] is { } value && (headers.IsRepeated(header) || value.Contains(',') || !HeaderText.IsVisible(value));

    private static bool IsVisible(string? token) => token is null || HeaderText.IsVisible(token);

    // The first source with a value wins, unless all are collected; the others are only checked for ambiguity.
    private static void Offer(CheckContext context, List<PresentedCredential>? all, string? token, string source)
    {
        if (string.IsNullOrWhiteSpace(token) || (context.Credential is not null && all is null))
        {
            return;
        }

        var presented = new PresentedCredential(token.Trim(), source);
        context.Credential ??= presented;
        all?.Add(presented);
    }
}
