using AuthSidecar.Credentials;
using AuthSidecar.Endpoints;
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

        // What the endpoint was told by is the method that the provider must take.
        foreach (var name in context.Policy.Endpoints is null ? [] : RequestMethods.OverrideHeaders)
        {
            edits.RemoveHeader(name);
        }

        foreach (var name in context.Request.Headers.Forged ?? [])
        {
            edits.RemoveHeader(name);
        }

        StripPrivate(edits, context, own);
        HopByHop.Clean(edits, context);
        StripSubprotocol(edits, context);
        var target = Query.Cut(context.Request.Target, parameter => IsOurs(context, own, parameter));
        if (!ReferenceEquals(target, context.Request.Target))
        {
            edits.SetTarget(target);
        }
    }

    // Cookies belong to this host, the address and login of a client to nobody behind it, and the account to whose credential goes out.
    private static void StripPrivate(UpstreamEdits edits, CheckContext context, ProviderCredential? own)
    {
        if (context.Policy.Provider is null)
        {
            return;
        }

        foreach (var name in PrivateHeaders.Always)
        {
            edits.RemoveHeader(name);
        }

        foreach (var name in context.Request.Headers.Private ?? [])
        {
            if (own is null || PrivateHeaders.Find(name) != PrivateHeader.Account)
            {
                edits.RemoveHeader(name);
            }
        }
    }

    private static void StripSubprotocol(UpstreamEdits edits, CheckContext context)
    {
        var tokens = ProtocolToken.Read(context.Request.Headers[KnownHeader.SecWebSocketProtocol], out _, out var others);
        if (context.Policy.OwnTokens.AreHeldIn(others))
        {
            others = string.Join(", ", others.Split(',', StringSplitOptions.TrimEntries).Where(entry => !context.Policy.OwnTokens.AreHeldIn(entry)));
        }
        else if (tokens == 0)
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
            var isPlace = parameter.Is(name) && QueryToken.IsPlace(name, context);
            var isOwn = own is { Header: null } && name == QueryToken.Key;
            if (!isOwn && (isPlace || (parameter.IsInAnyCase(name) && context.Policy.OwnTokens.Contains(Query.Decode(parameter.RawValue)))))
            {
                return true;
            }
        }

        // Under whatever name: an upstream has no use for it, and its logs are no place for it.
        return context.Policy.OwnTokens.AreHeldIn(parameter.Text);
    }
}
