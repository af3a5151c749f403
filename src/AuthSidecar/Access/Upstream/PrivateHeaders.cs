using AuthSidecar.Access.Credentials;

namespace AuthSidecar.Access.Upstream;

/// <summary>Kind of private information in a client's header.</summary>
internal enum PrivateHeader
{
    None,

    /// <summary>The client's address, login or route.</summary>
    Personal,

    /// <summary>
    /// The billed account at the provider. Kept when the caller's own credential is forwarded, removed otherwise.
    /// </summary>
    Account,

    /// <summary>A key or token in a place that is not read (<see cref="CredentialSources.Foreign"/>).</summary>
    Credential,
}

/// <summary>Headers of the client that are not forwarded to a provider.</summary>
internal static class PrivateHeaders
{
    /// <summary>
    /// Lower-case names of the headers removed from every request to a provider: cookies of this host, and addresses that Envoy adds.
    /// </summary>
    public static IReadOnlyList<string> Always { get; } = ["cookie", "x-envoy-external-address", "x-forwarded-for"];

    /// <summary>
    /// Classifies a header by its lower-case name. Names in <see cref="Always"/> are <see cref="PrivateHeader.None"/>: they are removed
    /// anyway and must not exclude a request from prepared answers.
    /// </summary>
    public static PrivateHeader Find(ReadOnlySpan<char> name) =>
        name switch
        {
            // Envoy needs x-forwarded-proto to select a route again; it contains nothing about the client.
            "x-forwarded-for" or "x-forwarded-proto" => PrivateHeader.None,
            "openai-organization"
            or "openai-project"
            or "chatgpt-account-id"
            or "x-goog-user-project"
            or "anthropic-organization-id"
            or "anthropic-workspace-id" => PrivateHeader.Account,
            "anthropic-api-key"
            or "apikey"
            or "cf-aig-authorization"
            or "coder-session-token"
            or "helicone-auth"
            or "helicone-authorization"
            or "helicone-openai-api-key"
            or "ocp-apim-subscription-key"
            or "openai-api-key"
            or "x-access-token"
            or "x-amz-security-token"
            or "x-anthropic-api-key"
            or "x-apikey"
            or "x-auth-token"
            or "x-authorization"
            or "x-bf-vk"
            or "x-coder-token"
            or "x-github-token"
            or "x-litellm-key"
            or "x-mcp-auth"
            or "x-ms-authorization-auxiliary"
            or "x-openai-api-key"
            or "x-portkey-api-key"
            or "x-portkey-virtual-key"
            or "x-serverless-authorization"
            or "x-token"
            or "x-vercel-oidc-token" => PrivateHeader.Credential,
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
            or "x-sucuri-clientip"
            or "incap-client-ip"
            or "x-host"
            or "x-original-host"
            or "x-original-uri"
            or "x-original-url"
            or "x-rewrite-url"
            or "x-vercel-forwarded-for"
            or "from"
            or "baggage"
            or "remote-user"
            or "remote-name"
            or "remote-email"
            or "remote-groups"
            or "x-remote-user"
            or "x-remote-group"
            or "x-user"
            or "x-user-id"
            or "x-user-name"
            or "x-user-email"
            or "x-username"
            or "x-userinfo"
            or "x-email"
            or "x-client-cert"
            or "x-client-dn"
            or "x-arr-clientcert"
            or "x-webauth-user"
            or "x-authenticated-user"
            or "x-goog-iap-jwt-assertion" => PrivateHeader.Personal,
            _ => HasPersonalPrefix(name) ? PrivateHeader.Personal : PrivateHeader.None,
        };

    // Dispatches on the letter after "x-", because most headers match none of these.
    private static bool HasPersonalPrefix(ReadOnlySpan<char> name) =>
        name switch
        {
            ['x', '-', 'f', ..] => name.StartsWith("x-forwarded-"),
            ['x', '-', 'a', ..] => name.StartsWith("x-auth-request-")
                || name.StartsWith("x-amzn-oidc-")
                || name.StartsWith("x-amzn-mtls-clientcert")
                || name.StartsWith("x-appengine-")
                || name.StartsWith("x-authentik-"),
            ['x', '-', 'c', ..] => name.StartsWith("x-consumer-") || name.StartsWith("x-credential-"),
            ['x', '-', 'g', ..] => name.StartsWith("x-goog-authenticated-user-"),
            ['x', '-', 'p', ..] => name.StartsWith("x-pomerium-"),
            ['x', '-', 's', ..] => name.StartsWith("x-ssl-client-"),
            ['s', ..] => name.StartsWith("ssl-client-"),
            ['x', '-', 'm', ..] => name.StartsWith("x-ms-client-principal") || name.StartsWith("x-ms-token-"),
            ['c', 'f', '-', ..] => true,
            ['t', ..] => name.StartsWith("tailscale-user-"),
            _ => false,
        };
}
