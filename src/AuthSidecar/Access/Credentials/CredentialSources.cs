using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Credentials;

/// <summary>The headers that may carry a credential, and their precedence.</summary>
internal static class CredentialSources
{
    /// <summary>Headers that may carry a credential in every dialect; more than one value in one of them is ambiguous.</summary>
    public static ReadOnlySpan<KnownHeader> Common =>
        [KnownHeader.Token, KnownHeader.CoderToken, KnownHeader.Authorization, KnownHeader.XApiKey, KnownHeader.LitellmApiKey];

    /// <summary>Lower-case names of the headers that are removed from every request.</summary>
    public static IReadOnlyList<string> AlwaysRemoved { get; } =
    [
        "authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "x-litellm-api-key",
        "proxy-authorization",
        "x-authsidecar-token",
        "x-coder-ai-governance-token",
        "x-authsidecar-gateway-key",
        "x-authsidecar-delegated-key-id",
        "x-authsidecar-source",
        "x-authsidecar-workspace-id",
        "x-coder-ai-gateway-key",
        "x-coder-ai-gateway-delegated-key-id",
        "x-coder-ai-gateway-source",
        "x-coder-ai-gateway-workspace-id",
        "x-authsidecar-gateway-error",
        "x-coder-ai-gateway-error",
        "x-authsidecar-request-id",
        "x-coder-ai-governance-request-id",
    ];

    /// <summary>
    /// Lower-case names of headers in which SDKs and other gateways carry a key or a token. They are not read, and no provider receives
    /// them.
    /// </summary>
    public static IReadOnlyList<string> Foreign { get; } =
    [
        "anthropic-api-key",
        "apikey",
        "cf-aig-authorization",
        "coder-session-token",
        "helicone-auth",
        "helicone-authorization",
        "helicone-openai-api-key",
        "ocp-apim-subscription-key",
        "openai-api-key",
        "x-access-token",
        "x-amz-security-token",
        "x-anthropic-api-key",
        "x-apikey",
        "x-auth-token",
        "x-authorization",
        "x-bf-vk",
        "x-coder-token",
        "x-github-token",
        "x-litellm-key",
        "x-mcp-auth",
        "x-ms-authorization-auxiliary",
        "x-openai-api-key",
        "x-portkey-api-key",
        "x-portkey-virtual-key",
        "x-serverless-authorization",
        "x-token",
        "x-vercel-oidc-token",
    ];

    /// <summary>The headers after the governance header, first to last.</summary>
    public static ReadOnlySpan<KnownHeader> InOrder(CredentialOrder order) =>
        order == CredentialOrder.ApiKeyFirst
            ? [KnownHeader.XApiKey, KnownHeader.Authorization]
            : [KnownHeader.Authorization, KnownHeader.XApiKey];

    /// <summary>The header in which the dialect's SDKs send a key, other than the common ones.</summary>
    public static KnownHeader OwnHeader(Dialect? dialect) =>
        dialect switch
        {
            Dialect.Gemini => KnownHeader.XGoogApiKey,
            Dialect.AzureOpenai => KnownHeader.ApiKey,
            _ => KnownHeader.None,
        };

    /// <summary>The header's lower-case name.</summary>
    public static string NameOf(KnownHeader header) =>
        header switch
        {
            KnownHeader.Token => "x-authsidecar-token",
            KnownHeader.CoderToken => "x-coder-ai-governance-token",
            KnownHeader.Authorization => "authorization",
            KnownHeader.XApiKey => "x-api-key",
            KnownHeader.ApiKey => "api-key",
            KnownHeader.XGoogApiKey => "x-goog-api-key",
            KnownHeader.LitellmApiKey => "x-litellm-api-key",
            _ => throw new ArgumentOutOfRangeException(nameof(header)),
        };
}
