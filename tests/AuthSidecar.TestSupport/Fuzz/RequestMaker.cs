namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>Draws requests that are mostly valid, with a few odd elements.</summary>
internal sealed class RequestMaker(IReadOnlyList<string> secrets, string keyId, string gatewayKey)
{
    public static readonly string[] Policies =
    [
        "plain",
        "openai",
        "gemini",
        "azure",
        "anthropic",
        "copilot",
        "required",
        "delegated",
        "mtls",
        "public",
        "services",
    ];

    private static readonly string[] _names =
    [
        "authorization",
        "Authorization",
        "x-api-key",
        "X-API-Key",
        "api-key",
        "x-goog-api-key",
        "proxy-authorization",
        "x-authsidecar-token",
        "x-coder-ai-governance-token",
        "x-authsidecar-gateway-key",
        "x-authsidecar-delegated-key-id",
        "x-authsidecar-source",
        "x-authsidecar-workspace-id",
        "x-coder-ai-gateway-key",
        "x-coder-ai-gateway-source",
        "x-authsidecar-request-id",
        "x-authsidecar-caller-user-id",
        "x-authsidecar-caller-foo",
        "X-AuthSidecar-Caller-Key-Id",
        "x-authsidecar-decision",
        "x-authsidecar-ws-close",
        "x-ai-bridge-actor-id",
        "x-envoy-upstream-stream-duration-ms",
        "x-authsidecar-gateway-error",
        "sec-websocket-protocol",
        "x-app",
    ];

    private static readonly string[] _scraps =
    [
        "",
        " ",
        ",",
        "Bearer",
        "Bearer ",
        "bearer\t",
        "Basic ",
        "sk-ant-x",
        "sk-proj-x",
        "AIzaX",
        "ghu_x",
        "authsidecar.bearer.",
        "chat, ",
        "agents",
        "a",
        "\u00FF",
        "\u00C3\u00A4",
        "\u007F",
        "\u0001",
    ];

    private static readonly string[] _targets =
    [
        "/",
        "/v1/chat/completions",
        "/v1/%zz",
        "/v1/..;/x",
        "//x",
        "",
        "*",
        "/anywhere",
        "/ws",
        "/a%20b/%E4%BD%A0",
        "/v1/%2e%2e/x",
    ];

    public FuzzRequest Make(Random random)
    {
        var headers = new List<(string, string)>();
        for (var count = random.Next(6); count > 0; count--)
        {
            headers.Add((random.Pick(_names), Value(random)));
        }

        if (random.Once(5))
        {
            headers.AddRange([
                ("x-authsidecar-gateway-key", gatewayKey),
                ("x-authsidecar-delegated-key-id", keyId),
                ("x-authsidecar-source", "agents"),
            ]);
        }

        if (random.Once(4))
        {
            headers.AddRange([("connection", "Upgrade"), ("upgrade", random.Once(6) ? "foo" : "websocket")]);
        }

        if (random.Once(8))
        {
            headers.Add(("content-type", "application/grpc"));
        }

        return new(
            random.Once(3) ? "GET" : random.Pick(["POST", "HEAD", "CONNECT", "", "OPTIONS"]),
            Target(random),
            random.Once(12) ? random.Pick(["", "nobody", "Plain"])
                : random.Once(12) ? null
                : random.Pick(Policies),
            random.Once(2) ? "spiffe://fuzz.test/gateway" : "",
            headers
        );
    }

    private string Value(Random random) =>
        random.Next(4) switch
        {
            0 => random.Pick(secrets),
            1 => "Bearer " + random.Pick(secrets),
            2 => "chat, authsidecar.bearer." + random.Pick(secrets),
            _ => random.Join([.. _scraps, keyId], 4),
        };

    private string Target(Random random)
    {
        var target = random.Pick(_targets);
        for (var count = random.Next(4); count > 0; count--)
        {
            target +=
                (target.Contains('?') ? "&" : "?")
                + random.Pick(["key=", "access_token=", "k%65y=", "a=", "", "key"])
                + random.Pick([.. secrets, "", "x", "%41"]);
        }

        return target;
    }
}
