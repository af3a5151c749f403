namespace AuthSidecar.Administration.Reports;

/// <summary>A step of Check, as it is explained to people.</summary>
/// <param name="Name">Its name in metrics.</param>
/// <param name="What">What happens in it.</param>
/// <param name="Reasons">What it can refuse with.</param>
internal sealed record CheckPathStep(string Name, string What, params IReadOnlyList<string> Reasons)
{
    /// <summary>True: it runs for a public policy too.</summary>
    public bool RunsForPublic { get; init; }
}

/// <summary>The steps of Check in their order, with what each can refuse with: from a stored reason to where it arose.</summary>
internal static class CheckPath
{
    public static IReadOnlyList<CheckPathStep> Steps { get; } =
    [
        new("request_id", "the client's request id is remembered") { RunsForPublic = true },
        new("path", "one reading of the path", "invalid_path") { RunsForPublic = true },
        new("classify", "which kind of request", "invalid_upgrade") { RunsForPublic = true },
        new("policy", "what the route needs", "no_policy", "bearer_auth_disabled") { RunsForPublic = true },
        new("endpoint", "what it does at the provider; methods that no upstream may see", "method_not_allowed") { RunsForPublic = true },
        new("path_token", "a token of ours in the path", "invalid_path") { RunsForPublic = true },
        new("delegation", "who acts for which key", "delegation_not_allowed", "gateway_key_mismatch", "invalid_delegation"),
        new("extract", "the credential", "ambiguous_credentials", "subprotocol_required"),
        new(
            "authenticate",
            "whose it is, cached",
            "missing_credential",
            "invalid_token",
            "token_revoked",
            "token_expired",
            "too_many_failures",
            "store_unavailable",
            "jwks_unavailable"
        ),
        new("subject_type", "whether that kind of subject may come here", "wrong_surface"),
        new("rate_limit", "the caller's limits are charged", "rate_limited", "limiter_unavailable"),
        new("endpoint_access", "whether that may be used here", "path_not_allowed", "method_not_allowed"),
        new("budget", "whether there is anything left to spend", "budget_exceeded", "store_unavailable"),
        new(
            "byok",
            "the caller's own provider credential",
            "byok_not_allowed",
            "byok_required",
            "credential_destination_mismatch",
            "ambiguous_credentials"
        ),
        new("own_credential", "an imported key is nobody's provider credential", "credential_destination_mismatch", "store_unavailable"),
        new("scope", "scopes", "insufficient_scope"),
        new("app", "the app that the route is about", "app_not_found", "service_api_disabled", "store_unavailable"),
        new(
            "membership",
            "whether the caller belongs to the app's tenant",
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
        new("mount_caller", "the upstream is told who calls"),
        new("assertion", "the upstream is shown it signed", "store_unavailable"),
        new("stream_duration", "how long the stream may live", "token_expired") { RunsForPublic = true },
        new("upstream_credential", "the provider's credential goes in, every other goes out", "provider_credential_unavailable")
        {
            RunsForPublic = true,
        },
        new("websocket_key", "a key for WebSockets over HTTP/2") { RunsForPublic = true },
        new(
            "budget_reservation",
            "what it will probably cost is set aside of its caller's budgets",
            "budget_exceeded",
            "budget_reserved",
            "model_not_allowed",
            "store_unavailable"
        ),
        new("socket_lease", "a WebSocket takes a place among its caller's and this replica's", "too_many_sockets", "limiter_unavailable"),
    ];
}
