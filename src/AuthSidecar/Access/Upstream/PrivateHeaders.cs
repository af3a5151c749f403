namespace AuthSidecar.Access.Upstream;

/// <summary>What a header of the client says that a provider must not hear.</summary>
internal enum PrivateHeader
{
    None,

    /// <summary>The client's address, login or way here.</summary>
    Personal,

    /// <summary>
    /// The account at the provider that pays: the caller's own where an own credential goes out, and the gateway's otherwise.
    /// </summary>
    Account,
}

/// <summary>Headers of the client that do not go on to a provider.</summary>
internal static class PrivateHeaders
{
    /// <summary>Lower-case names that each request to a provider loses: what Envoy itself adds, and what belongs to this host.</summary>
    public static IReadOnlyList<string> Always { get; } = ["cookie", "x-envoy-external-address", "x-forwarded-for"];

    /// <summary>
    /// Says what a header holds, by its lower-case name. Those of <see cref="Always"/> are none: they make a request nothing out of the
    /// ordinary.
    /// </summary>
    public static PrivateHeader Find(ReadOnlySpan<char> name) =>
        name switch
        {
            // Without its proto Envoy finds no route when it chooses one again, and it says nothing of the client.
            "x-forwarded-for" or "x-forwarded-proto" => PrivateHeader.None,
            "openai-organization"
            or "openai-project"
            or "chatgpt-account-id"
            or "x-goog-user-project"
            or "anthropic-organization-id"
            or "anthropic-workspace-id" => PrivateHeader.Account,
            "forwarded"
            or "x-forwarded"
            or "forwarded-for"
            or "x-original-forwarded-for"
            or "via"
            or "cdn-loop"
            or "x-real-ip"
            or "x-client-ip"
            or "x-cluster-client-ip"
            or "x-remote-ip"
            or "x-remote-addr"
            or "x-originating-ip"
            or "x-proxyuser-ip"
            or "true-client-ip"
            or "client-ip"
            or "proxy-client-ip"
            or "wl-proxy-client-ip"
            or "do-connecting-ip"
            or "ali-cdn-real-ip"
            or "fastly-client-ip"
            or "fly-client-ip"
            or "x-azure-clientip"
            or "x-azure-socketip"
            or "x-nf-client-connection-ip"
            or "x-vercel-forwarded-for"
            or "from"
            or "baggage"
            or "remote-user"
            or "x-remote-user"
            or "x-remote-group"
            or "x-webauth-user"
            or "x-authenticated-user"
            or "x-goog-iap-jwt-assertion" => PrivateHeader.Personal,
            _ => HasPersonalPrefix(name) ? PrivateHeader.Personal : PrivateHeader.None,
        };

    // By the letter after "x-", because most headers of a client are none of these.
    private static bool HasPersonalPrefix(ReadOnlySpan<char> name) =>
        name switch
        {
            ['x', '-', 'f', ..] => name.StartsWith("x-forwarded-"),
            ['x', '-', 'a', ..] => name.StartsWith("x-auth-request-") || name.StartsWith("x-amzn-oidc-") || name.StartsWith("x-appengine-"),
            ['x', '-', 'g', ..] => name.StartsWith("x-goog-authenticated-user-"),
            ['x', '-', 'm', ..] => name.StartsWith("x-ms-client-principal") || name.StartsWith("x-ms-token-"),
            ['c', 'f', '-', ..] => true,
            ['t', ..] => name.StartsWith("tailscale-user-"),
            _ => false,
        };
}
