using AuthSidecar.Administration.Keys;
using AuthSidecar.Demo.Setup;
using AuthSidecar.Demo.Workspace;

namespace AuthSidecar.Demo.Requests;

/// <summary>The requests of the demo, in the order they are sent.</summary>
internal static class DemoCases
{
    private const string Authorization = "authorization";
    private const string Username = "x-authsidecar-caller-username";
    private const string OpenAi = "/openai/v1/chat/completions";
    private const string Chat = """{"model":"demo","messages":[{"role":"user","content":"Hello"}]}""";
    private const string Message = """{"model":"demo","max_tokens":16,"messages":[{"role":"user","content":"Hello"}]}""";
    private const string StreamedChat =
        """{"model":"demo","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello"}]}""";

    // Headers that providers must not see: the shipped policies leave Identity at none.
    private static (string Name, string? Value)[] Hidden =>
        [(Username, null), ("x-authsidecar-caller-key-id", null), ("x-forwarded-for", null)];

    public static IReadOnlyList<DemoCase> All(DemoKeys keys, DemoSecrets secrets, DemoAccounts accounts) =>
        [.. Passing(keys, secrets), .. Refused(keys, accounts), .. Long(keys, secrets)];

    private static IEnumerable<DemoCase> Passing(DemoKeys keys, DemoSecrets secrets)
    {
        var central = (Authorization, $"Bearer {secrets.OpenAi}");
        yield return new("a good key", "openai", OpenAi, Expected.Pass([central, .. Hidden]))
        {
            Headers = [Bearer(keys.Good)],
            Body = Chat,
        };
        yield return new(
            "centralized, key in x-api-key",
            "anthropic",
            "/anthropic/v1/messages",
            Expected.Pass([("x-api-key", secrets.Anthropic), (Authorization, null), .. Hidden])
        )
        {
            Headers = [("X-Api-Key", keys.Good.Token)],
            Body = Message,
        };
        yield return new(
            "BYOK, the caller's own key",
            "openai",
            OpenAi,
            Expected.Pass([(Authorization, $"Bearer {secrets.Own}"), ("x-authsidecar-token", null), .. Hidden])
        )
        {
            Headers = [("X-AuthSidecar-Token", keys.Good.Token), ("Authorization", $"Bearer {secrets.Own}")],
            Body = Chat,
        };
        yield return new(
            "a delegated call",
            "openai",
            OpenAi,
            Expected.Pass([central, .. Hidden, ("x-authsidecar-gateway-key", null), ("x-authsidecar-delegated-key-id", null)])
        )
        {
            Headers =
            [
                ("X-AuthSidecar-Gateway-Key", secrets.GatewayKey),
                ("X-AuthSidecar-Delegated-Key-Id", keys.Good.Key.Id),
                ("X-AuthSidecar-Source", "editor"),
            ],
            Body = Chat,
        };
        yield return new(
            "a forged identity header",
            "app",
            "/app/documents",
            Expected.Pass(
                (Authorization, null),
                (Username, DemoAccounts.Alice),
                ("x-authsidecar-caller-tenant", null),
                ("x-authsidecar-caller-key-id", keys.Good.Key.Id)
            )
        )
        {
            Headers = [Bearer(keys.Good), ("X-AuthSidecar-Caller-Username", "root"), ("X-AuthSidecar-Caller-Tenant", "everything")],
        };
    }

    private static IEnumerable<DemoCase> Refused(DemoKeys keys, DemoAccounts accounts)
    {
        yield return Chatting("no key", 401, "missing_credential");
        yield return Chatting("a wrong key", 401, "invalid_token", ("Authorization", $"Bearer {keys.Wrong}"));
        yield return Chatting("an expired key", 401, "token_expired", Bearer(keys.Expired));
        yield return Chatting("a key revoked a moment ago", 401, "token_revoked", Bearer(keys.Revoked)) with
        {
            Withdraw = cancellationToken => accounts.RevokeAsync(keys.Revoked, cancellationToken),
        };
        yield return Chatting("a key of a suspended user", 401, "invalid_token", Bearer(keys.Suspended)) with
        {
            Withdraw = cancellationToken => accounts.SuspendAsync(DemoAccounts.Bob, cancellationToken),
        };
        yield return App("a missing scope", "/app/documents", Expected.Refuse(403, "insufficient_scope"), keys.Narrow);
        yield return Chatting("one over the limit", 429, "rate_limited", Bearer(keys.Limited)) with
        {
            Withdraw = _ => Task.CompletedTask,
        };
        yield return Chatting("a model that the key lacks", 403, "model_not_allowed", Bearer(keys.Bound));
        yield return App("a traversal path", "/app/..%2fadmin", Expected.Refuse(400, "invalid_path") with { ByEnvoy = true }, keys.Good);
        yield return App("a traversal encoded twice", "/app/%252e%252e%252fadmin", Expected.Refuse(400, "invalid_path"), keys.Good);
    }

    private static IEnumerable<DemoCase> Long(DemoKeys keys, DemoSecrets secrets)
    {
        yield return new("a stream", "openai", OpenAi, Expected.Pass([(Authorization, $"Bearer {secrets.OpenAi}"), .. Hidden]))
        {
            Kind = DemoCaseKind.Stream,
            Headers = [Bearer(keys.Good)],
            Body = StreamedChat,
        };
        yield return new(
            "a WebSocket, key a subprotocol",
            "ws",
            "/ws/echo",
            Expected.Pass(("sec-websocket-protocol", "chat"), (Authorization, null), (Username, DemoAccounts.Alice))
        )
        {
            Kind = DemoCaseKind.WebSocket,
            Headers = [("Sec-WebSocket-Protocol", $"chat, authsidecar.bearer.{keys.Good.Token}")],
        };
        yield return new("a WebSocket without a key", "ws", "/ws/echo", Expected.Refuse(401, "missing_credential"))
        {
            Kind = DemoCaseKind.WebSocket,
        };
        yield return new(
            "a WebSocket, token in the query",
            "live",
            $"/live?access_token={keys.Good.Token}&room=1",
            Expected.Pass((Username, DemoAccounts.Alice))
        )
        {
            Kind = DemoCaseKind.WebSocket,
            HasCloser = true,
        };
        yield return Closed("a WebSocket closed, key expired", keys.Expired, Expected.Close(4001, "token_expired"));
        yield return Closed("a WebSocket closed, key revoked", keys.Revoked, Expected.Close(4004, "token_revoked"));
        yield return new("a WebSocket, key its first message", "relay", "/relay/echo", Expected.Pass((Username, DemoAccounts.Alice)))
        {
            Kind = DemoCaseKind.WebSocket,
            FirstMessage = FirstMessage(keys.Good),
        };
        yield return new("a first message with an expired key", "relay", "/relay/echo", Expected.Close(4001, "token_expired"))
        {
            Kind = DemoCaseKind.WebSocket,
            FirstMessage = FirstMessage(keys.Expired),
        };
    }

    private static DemoCase Closed(string name, IssuedKey key, Expected expected) =>
        new(name, "live", "/live", expected)
        {
            Kind = DemoCaseKind.WebSocket,
            HasCloser = true,
            Headers = [("Sec-WebSocket-Protocol", $"chat, authsidecar.bearer.{key.Token}")],
        };

    private static string FirstMessage(IssuedKey key) => $$"""{"type":"auth","token":"{{key.Token}}"}""";

    private static DemoCase Chatting(string name, int status, string reason, params IReadOnlyList<(string, string)> headers) =>
        new(name, "openai", OpenAi, Expected.Refuse(status, reason)) { Headers = headers, Body = Chat };

    private static DemoCase App(string name, string path, Expected expected, IssuedKey key) =>
        new(name, "app", path, expected) { Headers = [Bearer(key)] };

    private static (string Name, string Value) Bearer(IssuedKey key) => ("Authorization", $"Bearer {key.Token}");
}
