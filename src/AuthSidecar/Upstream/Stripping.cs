using AuthSidecar.Credentials;
using AuthSidecar.Paths;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Upstream;

/// <summary>Removes every place in which a credential of ours could stand and every identity header that is not set: whatever was found, and wherever the request goes.</summary>
internal static class Stripping
{
    /// <param name="edits">Where what is to go stands in the end; what they set stays.</param>
    /// <param name="context">With a policy.</param>
    /// <param name="own">The user's own provider credential, which stays where it is when it stands in the query; null: there is none, or it goes too.</param>
    public static void Apply(UpstreamEdits edits, CheckContext context, ProviderCredential? own)
    {
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

        StripSubprotocol(edits, context.Request);
        var target = Query.Cut(context.Request.Target, parameter => IsOurs(context, own, parameter));
        if (!ReferenceEquals(target, context.Request.Target))
        {
            edits.SetTarget(target);
        }
    }

    private static void StripSubprotocol(UpstreamEdits edits, InboundRequest request)
    {
        if (ProtocolToken.Read(request.Headers[KnownHeader.SecWebSocketProtocol], out _, out var others) == 0)
        {
            return;
        }

        if (others.Length > 0)
        {
            edits.SetHeader("sec-websocket-protocol", others);
        }
        else
        {
            edits.RemoveHeader("sec-websocket-protocol");
        }
    }

    private static bool IsOurs(CheckContext context, ProviderCredential? own, Query.Parameter parameter)
    {
        foreach (var name in (ReadOnlySpan<string>)[QueryToken.Key, QueryToken.AccessToken])
        {
            if (!parameter.Is(name))
            {
                continue;
            }

            var isOwn = own is { Header: null } && name == QueryToken.Key;
            return !isOwn && (QueryToken.IsPlace(name, context) || context.Policy.OwnTokens.Contains(Query.Decode(parameter.RawValue)));
        }

        return false;
    }
}
