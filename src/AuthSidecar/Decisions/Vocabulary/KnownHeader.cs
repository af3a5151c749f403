namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Request headers that decisions, logs or usage depend on.</summary>
internal enum KnownHeader
{
    None,
    Authorization,
    XApiKey,
    ApiKey,
    XGoogApiKey,
    LitellmApiKey,
    ProxyAuthorization,
    Token,
    CoderToken,
    GatewayKey,
    DelegatedKeyId,
    Source,
    WorkspaceId,
    CoderGatewayKey,
    CoderDelegatedKeyId,
    CoderSource,
    CoderWorkspaceId,
    RequestId,
    CoderRequestId,
    XRequestId,
    Upgrade,
    Connection,
    ContentType,
    ContentEncoding,
    PartialBody,
    SecWebSocketProtocol,
    SecWebSocketKey,
    ExternalAddress,
    UserAgent,
    Originator,
    CursorVersion,
    AcceptEncoding,
}

internal static class KnownHeaders
{
    public static readonly int Count = Enum.GetValues<KnownHeader>().Length;

    /// <summary>Finds a header by its lower-case name.</summary>
    public static KnownHeader Find(ReadOnlySpan<char> name) =>
        name switch
        {
            "authorization" => KnownHeader.Authorization,
            "x-api-key" => KnownHeader.XApiKey,
            "api-key" => KnownHeader.ApiKey,
            "x-goog-api-key" => KnownHeader.XGoogApiKey,
            "x-litellm-api-key" => KnownHeader.LitellmApiKey,
            "proxy-authorization" => KnownHeader.ProxyAuthorization,
            "x-authsidecar-token" => KnownHeader.Token,
            "x-coder-ai-governance-token" => KnownHeader.CoderToken,
            "x-authsidecar-gateway-key" => KnownHeader.GatewayKey,
            "x-authsidecar-delegated-key-id" => KnownHeader.DelegatedKeyId,
            "x-authsidecar-source" => KnownHeader.Source,
            "x-authsidecar-workspace-id" => KnownHeader.WorkspaceId,
            "x-coder-ai-gateway-key" => KnownHeader.CoderGatewayKey,
            "x-coder-ai-gateway-delegated-key-id" => KnownHeader.CoderDelegatedKeyId,
            "x-coder-ai-gateway-source" => KnownHeader.CoderSource,
            "x-coder-ai-gateway-workspace-id" => KnownHeader.CoderWorkspaceId,
            "x-authsidecar-request-id" => KnownHeader.RequestId,
            "x-coder-ai-governance-request-id" => KnownHeader.CoderRequestId,
            "x-request-id" => KnownHeader.XRequestId,
            "upgrade" => KnownHeader.Upgrade,
            "connection" => KnownHeader.Connection,
            "content-type" => KnownHeader.ContentType,
            "content-encoding" => KnownHeader.ContentEncoding,
            "x-envoy-auth-partial-body" => KnownHeader.PartialBody,
            "sec-websocket-protocol" => KnownHeader.SecWebSocketProtocol,
            "sec-websocket-key" => KnownHeader.SecWebSocketKey,
            "x-envoy-external-address" => KnownHeader.ExternalAddress,
            "user-agent" => KnownHeader.UserAgent,
            "originator" => KnownHeader.Originator,
            "x-cursor-client-version" => KnownHeader.CursorVersion,
            "accept-encoding" => KnownHeader.AcceptEncoding,
            _ => KnownHeader.None,
        };

    /// <summary>True for headers defined as lists, whose repetitions form one list and are not ambiguous.</summary>
    public static bool IsList(KnownHeader header) =>
        header is KnownHeader.SecWebSocketProtocol or KnownHeader.Connection or KnownHeader.Upgrade or KnownHeader.AcceptEncoding;
}
