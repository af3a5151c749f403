namespace AuthSidecar.Administration.Reports;

/// <summary>A step of Check, as shown by <c>explain</c> and the console.</summary>
/// <param name="Name">Name of the step, as in metrics.</param>
/// <param name="What">Subject of the step, a noun phrase.</param>
/// <param name="Reasons">Reasons of its denials.</param>
internal sealed record CheckPathStep(string Name, string What, params IReadOnlyList<string> Reasons)
{
    /// <summary>True: also runs under a public policy.</summary>
    public bool RunsForPublic { get; init; }
}

/// <summary>The steps of Check in order with the reasons of their denials, for locating the step that caused a stored reason.</summary>
internal static class CheckPath
{
    public static IReadOnlyList<CheckPathStep> Steps { get; } =
    [
        new("request_id", "request id of the client, for logs") { RunsForPublic = true },
        new("path", "path decoded and made unambiguous", "invalid_path") { RunsForPublic = true },
        new("classify", "kind of request: plain, HEAD, gRPC, WebSocket", "invalid_upgrade") { RunsForPublic = true },
        new("policy", "policy of the route", "no_policy", "bearer_auth_disabled") { RunsForPublic = true },
        new("endpoint", "endpoint of the provider; methods that are never forwarded", "method_not_allowed") { RunsForPublic = true },
        new("path_token", "credential of this gateway in the path", "invalid_path") { RunsForPublic = true },
        new(
            "delegation",
            "delegation: another party acts for a key",
            "delegation_not_allowed",
            "gateway_key_mismatch",
            "invalid_delegation"
        ),
        new("extract", "credential of the request", "ambiguous_credentials", "subprotocol_required"),
        new(
            "authenticate",
            "authentication, with cached results",
            "missing_credential",
            "invalid_token",
            "token_revoked",
            "token_expired",
            "too_many_failures",
            "store_unavailable",
            "jwks_unavailable"
        ),
        new("subject_type", "subject type", "wrong_surface"),
        new("rate_limit", "rate limits; counts the request", "rate_limited", "limiter_unavailable"),
        new("endpoint_access", "endpoints and methods of the policy", "path_not_allowed", "method_not_allowed"),
        new("budget", "remaining budgets of the caller", "budget_exceeded", "store_unavailable"),
        new(
            "byok",
            "the caller's own provider credential (BYOK)",
            "byok_not_allowed",
            "byok_required",
            "credential_destination_mismatch",
            "ambiguous_credentials"
        ),
        new(
            "own_credential",
            "imported keys, which never pass as a provider credential",
            "credential_destination_mismatch",
            "store_unavailable"
        ),
        new("scope", "scopes", "insufficient_scope"),
        new("app", "app of the route", "app_not_found", "service_api_disabled", "store_unavailable"),
        new(
            "membership",
            "membership in the app's tenant",
            "workspace_membership_revoked",
            "app_not_found",
            "service_api_disabled",
            "store_unavailable"
        ),
        new("app_authorization", "access to the app", "subject_no_app_access", "app_not_found", "acl_unavailable", "store_unavailable"),
        new("model", "model in path or body", "model_not_allowed", "model_unreadable"),
        new("mount_caller", "identity headers for the upstream"),
        new("assertion", "signed assertion for the upstream", "store_unavailable"),
        new("stream_duration", "maximum duration of the stream", "token_expired") { RunsForPublic = true },
        new("upstream_credential", "provider credential added, all other credentials removed", "provider_credential_unavailable")
        {
            RunsForPublic = true,
        },
        new("websocket_key", "`sec-websocket-key` for WebSockets over HTTP/2") { RunsForPublic = true },
        new("token_limit", "estimated tokens, within the limits of key, user and tenant", "rate_limited_tokens", "limiter_unavailable"),
        new(
            "budget_reservation",
            "reservation of the estimated cost from the caller's budgets",
            "budget_exceeded",
            "budget_reserved",
            "model_not_allowed",
            "store_unavailable"
        ),
        new(
            "parallel_limit",
            "lease of a running request, within the limits of key, user and tenant",
            "too_many_parallel",
            "limiter_unavailable"
        ),
        new("socket_lease", "lease of a WebSocket, within the caps of caller and replica", "too_many_sockets", "limiter_unavailable"),
    ];
}
