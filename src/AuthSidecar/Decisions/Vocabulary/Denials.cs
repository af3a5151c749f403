namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>The catalogue of all denials.</summary>
internal static class Denials
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);

    public static readonly Denial InvalidPath = new("invalid_path", 400, "The request path is malformed or ambiguous.");
    public static readonly Denial AmbiguousCredentials = new(
        "ambiguous_credentials",
        400,
        "A credential was sent more than once in one place, or holds characters that no credential has."
    );
    public static readonly Denial InvalidDelegation = new("invalid_delegation", 400, "The delegation headers are malformed.");
    public static readonly Denial SubprotocolRequired = new(
        "subprotocol_required",
        400,
        "A token in Sec-WebSocket-Protocol needs a second, real subprotocol beside it."
    );
    public static readonly Denial InvalidUpgrade = new("invalid_upgrade", 400, "Only an upgrade to websocket is accepted.");

    public static readonly Denial ModelUnreadable = new(
        "model_unreadable",
        400,
        "Only some models may be used here, and which one this request is for cannot be read."
    );

    public static readonly Denial MissingCredential = new("missing_credential", 401, "No credential was found in the request.");
    public static readonly Denial InvalidToken = new("invalid_token", 401, "The credential is not valid.");
    public static readonly Denial TokenRevoked = new("token_revoked", 401, "The credential was revoked; log in again or use another key.")
    {
        CloseCode = 4004,
    };
    public static readonly Denial TokenExpired = new("token_expired", 401, "The credential has expired.") { CloseCode = 4001 };
    public static readonly Denial GatewayKeyMismatch = new("gateway_key_mismatch", 401, "The gateway is not trusted to act for a key.");

    public static readonly Denial NoPolicy = new("no_policy", 403, "No policy covers this route.");
    public static readonly Denial DelegationNotAllowed = new(
        "delegation_not_allowed",
        403,
        "Delegation headers are not accepted on this route."
    );
    public static readonly Denial ByokNotAllowed = new("byok_not_allowed", 403, "This route does not accept your own provider credential.");
    public static readonly Denial ByokRequired = new("byok_required", 403, "This route needs your own provider credential.");
    public static readonly Denial CredentialDestinationMismatch = new(
        "credential_destination_mismatch",
        403,
        "The provider credential belongs to another place and was not sent there."
    )
    {
        CloseCode = 4003,
    };
    public static readonly Denial InsufficientScope = new("insufficient_scope", 403, "The credential lacks a scope that this route needs.");
    public static readonly Denial WrongSurface = new("wrong_surface", 403, "This kind of credential is not accepted on this route.");

    public static readonly Denial WorkspaceMembershipRevoked = new(
        "workspace_membership_revoked",
        403,
        "The caller is not a member of the app's workspace."
    );
    public static readonly Denial SubjectNoAppAccess = new("subject_no_app_access", 403, "The caller may not use this app.");
    public static readonly Denial ServiceApiDisabled = new("service_api_disabled", 403, "The app is switched off.");
    public static readonly Denial ModelNotAllowed = new("model_not_allowed", 403, "The model may not be used here.");
    public static readonly Denial PathNotAllowed = new("path_not_allowed", 403, "This endpoint of the provider may not be used here.");
    public static readonly Denial BudgetExceeded = new("budget_exceeded", 403, "A budget is spent.")
    {
        CloseCode = 4002,
        Headers = [new("x-should-retry", "false")],
    };

    public static readonly Denial AppNotFound = new("app_not_found", 404, "There is no such app.");
    public static readonly Denial MethodNotAllowed = new("method_not_allowed", 405, "The method may not be used here.");
    public static readonly Denial TooManySockets = new("too_many_sockets", 426, "Too many WebSockets are open.");
    public static readonly Denial RateLimited = new("rate_limited", 429, "Too many requests.") { RetryAfter = _soon };
    public static readonly Denial RateLimitedTokens = new("rate_limited_tokens", 429, "Too many tokens.") { RetryAfter = _soon };
    public static readonly Denial TooManyParallel = new("too_many_parallel", 429, "Too many requests run at a time.")
    {
        RetryAfter = _soon,
    };
    public static readonly Denial TooManyFailures = new("too_many_failures", 429, "Too many failed authentications from this address.")
    {
        RetryAfter = _soon,
    };
    public static readonly Denial BudgetReserved = new(
        "budget_reserved",
        429,
        "What is left of the budget is set aside for running requests."
    )
    {
        RetryAfter = _soon,
    };

    public static readonly Denial StoreUnavailable = new("store_unavailable", 503, "Credentials cannot be checked right now.")
    {
        RetryAfter = _soon,
        CloseCode = 1013,
    };
    public static readonly Denial JwksUnavailable = new("jwks_unavailable", 503, "The issuer of the token cannot be asked right now.")
    {
        RetryAfter = _soon,
        CloseCode = 4001,
    };
    public static readonly Denial AclUnavailable = new("acl_unavailable", 503, "Permissions cannot be checked right now.")
    {
        RetryAfter = _soon,
        CloseCode = 1013,
    };
    public static readonly Denial LimiterUnavailable = new("limiter_unavailable", 503, "Requests cannot be counted right now.")
    {
        RetryAfter = _soon,
        CloseCode = 1013,
    };
    public static readonly Denial ProviderCredentialUnavailable = new(
        "provider_credential_unavailable",
        503,
        "The provider's credential is not configured."
    )
    {
        RetryAfter = _soon,
        CloseCode = 1013,
    };
    public static readonly Denial InternalError = new("internal_error", 503, "The request could not be decided.") { RetryAfter = _soon };
    public static readonly Denial BearerAuthDisabled = new("bearer_auth_disabled", 503, "Authentication is switched off.")
    {
        RetryAfter = _soon,
        CloseCode = 1013,
    };

    /// <summary>All denials in the order of docs/reference/refusals.md.</summary>
    public static IReadOnlyList<Denial> All { get; } =
    [
        InvalidPath,
        AmbiguousCredentials,
        InvalidDelegation,
        SubprotocolRequired,
        InvalidUpgrade,
        ModelUnreadable,
        MissingCredential,
        InvalidToken,
        TokenRevoked,
        TokenExpired,
        GatewayKeyMismatch,
        NoPolicy,
        DelegationNotAllowed,
        ByokNotAllowed,
        ByokRequired,
        CredentialDestinationMismatch,
        InsufficientScope,
        WrongSurface,
        WorkspaceMembershipRevoked,
        SubjectNoAppAccess,
        ServiceApiDisabled,
        ModelNotAllowed,
        PathNotAllowed,
        BudgetExceeded,
        AppNotFound,
        MethodNotAllowed,
        TooManySockets,
        RateLimited,
        RateLimitedTokens,
        TooManyParallel,
        TooManyFailures,
        BudgetReserved,
        StoreUnavailable,
        JwksUnavailable,
        AclUnavailable,
        LimiterUnavailable,
        ProviderCredentialUnavailable,
        InternalError,
        BearerAuthDisabled,
    ];
}
