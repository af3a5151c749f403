namespace AuthSidecar.Administration.Reports;

/// <summary>Description of a step of Check for explanations.</summary>
/// <param name="Name">Its name in metrics.</param>
/// <param name="What">Its task, in a few words.</param>
/// <param name="Reasons">The denial reasons that it can give.</param>
internal sealed record CheckPathStep(string Name, string What, params IReadOnlyList<string> Reasons)
{
    /// <summary>True: it also runs for a public policy.</summary>
    public bool RunsForPublic { get; init; }
}

/// <summary>The steps of Check in their order with their denial reasons: maps a stored reason to its step.</summary>
internal static class CheckPath
{
    public static IReadOnlyList<CheckPathStep> Steps { get; } =
    [
        new("request_id", "the client's request id") { RunsForPublic = true },
        new("path", "the canonical path", "invalid_path") { RunsForPublic = true },
        new("classify", "the kind of request", "invalid_upgrade") { RunsForPublic = true },
        new("policy", "the policy of the route", "no_policy", "bearer_auth_disabled") { RunsForPublic = true },
        new("endpoint", "the provider's endpoint; methods that no upstream may receive", "method_not_allowed") { RunsForPublic = true },
        new("path_token", "a token of this gateway in the path", "invalid_path") { RunsForPublic = true },
        new(
            "delegation",
            "the delegation: a gateway that acts for a key",
            "delegation_not_allowed",
            "gateway_key_mismatch",
            "invalid_delegation"
        ),
        new("extract", "the credential", "ambiguous_credentials", "subprotocol_required"),
        new(
            "authenticate",
            "the identity of the credential, cached",
            "missing_credential",
            "invalid_token",
            "token_revoked",
            "token_expired",
            "too_many_failures",
            "store_unavailable",
            "jwks_unavailable"
        ),
        new("subject_type", "whether the route admits the subject type", "wrong_surface"),
        new("rate_limit", "the caller's rate limits", "rate_limited", "limiter_unavailable"),
        new("endpoint_access", "whether the policy allows the endpoint", "path_not_allowed", "method_not_allowed"),
        new("budget", "whether a budget of the caller is spent", "budget_exceeded", "store_unavailable"),
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
            "an imported key is not forwarded as a provider credential",
            "credential_destination_mismatch",
            "store_unavailable"
        ),
        new("scope", "scopes", "insufficient_scope"),
        new("app", "the app of the route", "app_not_found", "service_api_disabled", "store_unavailable"),
        new(
            "membership",
            "membership in the app's tenant",
            "workspace_membership_revoked",
            "app_not_found",
            "service_api_disabled",
            "store_unavailable"
        ),
        new(
            "app_authorization",
            "whether the caller may use this app",
            "subject_no_app_access",
            "app_not_found",
            "acl_unavailable",
            "store_unavailable"
        ),
        new("model", "the model that path or body names", "model_not_allowed", "model_unreadable"),
        new("mount_caller", "the caller's identity for the upstream"),
        new("assertion", "the signed assertion of that identity", "store_unavailable"),
        new("stream_duration", "the maximum duration of the stream", "token_expired") { RunsForPublic = true },
        new("upstream_credential", "the provider's credential is added, every other credential removed", "provider_credential_unavailable")
        {
            RunsForPublic = true,
        },
        new("websocket_key", "`sec-websocket-key` for WebSockets over HTTP/2") { RunsForPublic = true },
        new(
            "budget_reservation",
            "the estimated cost is reserved in the caller's budgets",
            "budget_exceeded",
            "budget_reserved",
            "model_not_allowed",
            "store_unavailable"
        ),
        new(
            "socket_lease",
            "a WebSocket takes a lease under the caps of its caller and this replica",
            "too_many_sockets",
            "limiter_unavailable"
        ),
    ];
}
