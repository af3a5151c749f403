using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.BrowserTests;

/// <summary>One cause of a refused WebSocket, and the client's expected observations.</summary>
internal sealed record Refusal(string Reason, int Status, int Code)
{
    /// <summary>Distinguishes rows of the same reason.</summary>
    public string How { get; init; } = "";

    public string Name => How.Length == 0 ? Reason : $"{Reason}: {How}";

    public string Policy { get; init; } = "plain";

    /// <summary>Configuration of the corpus.</summary>
    public string Settings { get; init; } = "main";

    /// <summary>A token, with placeholders of the corpus in braces. Null: no token.</summary>
    public string? Token { get; init; }

    public IReadOnlyList<string> Protocols { get; init; } = ["chat"];

    /// <summary>Query or suffix of the path, for credentials in unusual positions.</summary>
    public string Rest { get; init; } = "";

    /// <summary>Further headers, which a page cannot set.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Number of the same handshakes sent before, with any outcome.</summary>
    public int Before { get; init; }

    /// <summary>One such WebSocket stays open meanwhile.</summary>
    public bool BesideAnother { get; init; }

    /// <summary>Refused before a policy, and with it the closer, is selected: always by status.</summary>
    public bool IsBeforePolicy { get; init; }

    /// <summary>
    /// True when the client receives the close frame: the closer selects no subprotocol when only the token was offered, and a page then
    /// drops the connection.
    /// </summary>
    public bool IsUnansweredOffer { get; init; }
}

/// <summary>The table of close codes, row by row.</summary>
internal static class Refusals
{
    private const string Good = "{key.good}";

    public static IReadOnlyList<Refusal> All { get; } =
    [
        new("invalid_path", 400, 1008)
        {
            Rest = "/%252f",
            Token = Good,
            IsBeforePolicy = true,
        },
        new("ambiguous_credentials", 400, 1008) { Rest = "?access_token=a&access_token=b" },
        new("subprotocol_required", 400, 1008) { Protocols = [$"authsidecar.bearer.{Good}"], IsUnansweredOffer = true },
        new("missing_credential", 401, 1008),
        new("invalid_token", 401, 1008) { How = "malformed", Token = "malformed" },
        new("invalid_token", 401, 1008) { How = "a wrong checksum", Token = "{key.good.wrongsum}" },
        new("invalid_token", 401, 1008) { How = "never issued", Token = "{token.unknown}" },
        new("invalid_token", 401, 1008) { How = "a forged JWT", Token = "{jwt.otherkey}" },
        new("invalid_token", 401, 1008) { How = "its owner is suspended", Token = "{key.suspended}" },
        new("token_expired", 401, 4001) { How = "a key", Token = "{key.expired}" },
        new("token_expired", 401, 4001) { How = "a JWT", Token = "{jwt.expired}" },
        new("token_revoked", 401, 4004) { How = "a key", Token = "{key.revoked}" },
        new("token_revoked", 401, 4004) { How = "a JWT", Token = "{jwt.revoked}" },
        new("no_policy", 403, 1008)
        {
            Policy = "unknown",
            Token = Good,
            IsBeforePolicy = true,
        },
        new("byok_required", 403, 1008) { Policy = "own-only", Token = Good },
        new("insufficient_scope", 403, 1008) { Token = "{key.narrow}" },
        new("wrong_surface", 403, 1008) { Policy = "services", Token = Good },
        new("workspace_membership_revoked", 403, 1008) { Policy = "app", Token = "{key.stranger}" },
        new("subject_no_app_access", 403, 1008) { Policy = "app-private", Token = Good },
        new("service_api_disabled", 403, 1008) { Policy = "app-off", Token = Good },
        new("model_not_allowed", 403, 1008)
        {
            Policy = "gemini",
            Rest = "/v1beta/models/gemini-1.5-pro:streamGenerateContent",
            Token = Good,
        },
        new("model_unreadable", 400, 1008)
        {
            Policy = "inference",
            Rest = "/v1/responses",
            Token = Good,
        },
        new("path_not_allowed", 403, 1008)
        {
            Policy = "inference",
            Rest = "/v1/files",
            Token = Good,
        },
        new("method_not_allowed", 405, 1008)
        {
            Policy = "inference",
            Rest = "/v1/embeddings",
            Token = Good,
        },
        new("budget_exceeded", 403, 4002) { Token = "{key.spent}" },
        new("app_not_found", 404, 1008) { Policy = "app-gone", Token = Good },
        new("too_many_sockets", 426, 1008)
        {
            Settings = "capped",
            Token = Good,
            BesideAnother = true,
        },
        new("rate_limited", 429, 1008)
        {
            Policy = "limited",
            Token = Good,
            Before = 1,
        },
        new("rate_limited_tokens", 429, 1008)
        {
            Policy = "tokens",
            Token = Good,
            Before = 1,
        },
        new("too_many_parallel", 429, 1008)
        {
            Policy = "parallel",
            Token = Good,
            BesideAnother = true,
        },
        new("too_many_failures", 429, 1008)
        {
            Settings = "flood",
            Token = "{token.unknown}",
            Before = 3,
        },
        new("store_unavailable", 503, 1013) { Settings = "store-gone", Token = Good },
        new("jwks_unavailable", 503, 4001) { Settings = "jwks-gone", Token = "{jwt.good}" },
        new("acl_unavailable", 503, 1013) { Policy = "app-error", Token = Good },
        new("limiter_unavailable", 503, 1013) { Settings = "no-redis", Token = Good },
        new("provider_credential_unavailable", 503, 1013) { Policy = "unset", Token = Good },
        new("internal_error", 503, 1008) { Policy = "fault", Token = Good },
        new("bearer_auth_disabled", 503, 1013) { Settings = "disabled", Token = Good },
        new("invalid_delegation", 400, 1008) { Policy = "delegated", Headers = Header("x-authsidecar-gateway-key", "{gateway.key}") },
        new("gateway_key_mismatch", 401, 1008)
        {
            Policy = "delegated",
            Headers = new Dictionary<string, string>
            {
                ["x-authsidecar-gateway-key"] = "wrong",
                ["x-authsidecar-delegated-key-id"] = "{key.good.id}",
            },
        },
        new("delegation_not_allowed", 403, 1008) { Headers = Header("x-authsidecar-source", "agents") },
        new("byok_not_allowed", 403, 1008) { Headers = Header("x-authsidecar-token", Good) },
        new("credential_destination_mismatch", 403, 4003)
        {
            Policy = "gemini",
            Headers = new Dictionary<string, string> { ["x-authsidecar-token"] = Good, ["x-goog-api-key"] = Good },
        },
    ];

    /// <summary>Reasons without a row, with the explanation.</summary>
    public static IReadOnlyDictionary<string, string> Elsewhere { get; } =
        new Dictionary<string, string>
        {
            [Denials.InvalidUpgrade.Reason] = "it is not about WebSockets",
            [Denials.BudgetReserved.Reason] =
                "what a socket held is spent when it has ended, and others of these tests then find the budget exceeded; the corpus "
                + "has it through Envoy",
        };

    public static Refusal Named(string name) => All.Single(row => row.Name == name);

    private static Dictionary<string, string> Header(string name, string value) => new() { [name] = value };
}
