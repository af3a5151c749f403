using AuthSidecar.Access.Credentials;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Upstream;

/// <summary>
/// Removes every header and parameter that could contain an issued credential, and every identity header that is not set, for every
/// upstream.
/// </summary>
internal static class Stripping
{
    /// <summary>Facts that decide what is removed.</summary>
    public const AnswerFacts Reads =
        AnswerFacts.Policy
        | AnswerFacts.Upgrade
        | AnswerFacts.ForgedHeaders
        | AnswerFacts.PrivateHeaders
        | AnswerFacts.Connection
        | AnswerFacts.Subprotocol
        | AnswerFacts.Query;

    /// <param name="edits">Receives the removals; headers already set are kept.</param>
    /// <param name="input">With a policy.</param>
    /// <param name="own">The caller's own provider credential, which is kept in the query; null: none, or it is removed too.</param>
    public static void Apply(UpstreamEdits edits, EditInput input, ProviderCredential? own)
    {
        foreach (var name in CredentialSources.AlwaysRemoved)
        {
            edits.RemoveHeader(name);
        }

        foreach (var name in IdentityHeaders.All)
        {
            edits.RemoveHeader(name);
        }

        // The endpoint was matched with the method of the request, so no header may override it.
        foreach (var name in input.Policy.Endpoints is null ? [] : RequestMethods.OverrideHeaders)
        {
            edits.RemoveHeader(name);
        }

        if (input.Policy.Dialect == Dialect.Gemini)
        {
            edits.RemoveHeader(GoogleParameters.FieldMask);
        }

        foreach (var name in input.ForgedHeaders)
        {
            edits.RemoveHeader(name);
        }

        StripPrivate(edits, input, own);
        HopByHop.Clean(edits, input);
        StripSubprotocol(edits, input, own);
        if (
            input.TargetWithQuery is { } whole
            && Query.Cut(whole, parameter => IsRemoved(input, own, parameter)) is var target
            && !ReferenceEquals(target, whole)
        )
        {
            edits.SetTarget(target);
        }
    }

    // Account headers are kept with the caller's own credential, to which they belong.
    private static void StripPrivate(UpstreamEdits edits, EditInput input, ProviderCredential? own)
    {
        if (input.Policy.Provider is null)
        {
            return;
        }

        foreach (var name in PrivateHeaders.Always)
        {
            edits.RemoveHeader(name);
        }

        foreach (var name in input.PrivateHeaders)
        {
            if (own is null || PrivateHeaders.Find(name) != PrivateHeader.Account)
            {
                edits.RemoveHeader(name);
            }
        }
    }

    // The account's entries, like its headers, are kept with the caller's own credential.
    private static void StripSubprotocol(UpstreamEdits edits, EditInput input, ProviderCredential? own)
    {
        if (input.Subprotocol is not { } offered)
        {
            return;
        }

        _ = ProtocolToken.TryRead(offered, out var found);
        var keepsAccount = input.Policy.Provider is null || own is not null;
        var entries = found.Others.Split(',', StringSplitOptions.TrimEntries);
        var kept = Array.FindAll(entries, entry =>
            !input.Policy.IssuedTokens.OccurIn(entry) && (keepsAccount || !ProtocolToken.IsAccount(entry))
        );
        if (!found.HasAny && kept.Length == entries.Length)
        {
            return;
        }

        if (string.Join(", ", kept) is { Length: > 0 } others)
        {
            edits.SetHeader("sec-websocket-protocol", others);
        }
        else
        {
            edits.RemoveHeader("sec-websocket-protocol");
        }
    }

    private static bool IsRemoved(EditInput input, ProviderCredential? own, Query.Parameter parameter)
    {
        foreach (var name in (ReadOnlySpan<string>)[QueryToken.Key, QueryToken.AccessToken, QueryToken.AzureKey])
        {
            var isCredential = parameter.Is(name) && QueryToken.IsCredential(name, input.Policy.Dialect, input.IsWebSocket);
            var isOwn = own is { Header: null } && name == QueryToken.Key;
            if (
                !isOwn
                && (isCredential || (parameter.IsInAnyCase(name) && input.Policy.IssuedTokens.Contains(Query.Decode(parameter.RawValue))))
            )
            {
                return true;
            }
        }

        if (input.Policy.Dialect == Dialect.Gemini && GoogleParameters.IsRemoved(parameter, isCentral: own is null))
        {
            return true;
        }

        if (
            input.Policy.Provider is not null
            && !(own is { Header: null } && parameter.Is(QueryToken.Key))
            && QueryToken.IsForeign(parameter)
        )
        {
            return true;
        }

        // Under any name: the token would reach the upstream's logs.
        return input.Policy.IssuedTokens.OccurIn(parameter.Text);
    }
}
