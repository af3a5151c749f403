using System.Globalization;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Administration.Composition;

/// <summary>Settings, caller and requests of the warm-up.</summary>
internal static class WarmUpRequests
{
    public const string Method = "/envoy.service.auth.v3.Authorization/Check";

    private const string Name = "warm-up";
    private const string Provider = "warm-up-provider";
    private const string Scoped = "warm-up-scoped";

    public static SidecarSettings Settings =>
        new()
        {
            Providers = { [Name] = new() { Credential = new(Name) } },
            Policies =
            {
                [Name] = new()
                {
                    Scopes = [Name],
                    App = Name,
                    Limit = Limit(),
                },
                [Provider] = new()
                {
                    Scopes = [Name],
                    Provider = Name,
                    Limit = Limit(),
                },
                [Scoped] = new() { Limit = Limit() },
            },
        };

    public static AppFacts App { get; } = new(Name, Name, "", false);

    public static Identity Caller { get; } = new(Name, SubjectType.Account, Guid.Empty.ToString(), Name, [Name], null, null);

    /// <summary>Mostly Allows, as in production: the compiler optimizes for what it has seen.</summary>
    /// <param name="token">The caller's key.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Create(string token) =>
        [
            .. Repeat(12, Request(Name, token)),
            .. Repeat(6, Request(Provider, token, """{"model":"warm-up","max_tokens":100,"messages":[{"role":"user","content":"-"}]}""")),
            Request(Name, KeyToken.Generate(TokenFamily.Ask)),
            Request(Name, null),
            Request(Scoped, token),
            Request(Name, token, isWebSocket: true),
        ];

    // Counted, but never exhausted.
    private static LimitOptions Limit() => new() { Permits = 1_000_000, Window = TimeSpan.FromSeconds(1) };

    private static IEnumerable<ReadOnlyMemory<byte>> Repeat(int count, ReadOnlyMemory<byte> request) => Enumerable.Repeat(request, count);

    private static ReadOnlyMemory<byte> Request(string policy, string? token, string? body = null, bool isWebSocket = false)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Id = "1",
            Method = body is null ? "GET" : "POST",
            Path = "/v1/chat/completions",
            Host = Name,
            Scheme = "https",
            Protocol = "HTTP/1.1",
            Body = body ?? "",
            HeaderMap = new(),
        };
        Add(":authority", Name);
        Add(":path", http.Path);
        Add(":method", http.Method);
        Add(":scheme", "https");
        Add("user-agent", "OpenAI/Python 1.0.0");
        Add("accept", "application/json");
        Add("accept-encoding", "gzip, deflate");
        Add("content-type", "application/json");
        Add("x-stainless-lang", "python");
        Add("x-forwarded-for", "192.0.2.1");
        Add("x-forwarded-proto", "https");
        Add("x-envoy-external-address", "192.0.2.1");
        Add("x-request-id", "00000000-0000-4000-8000-000000000000");
        if (body is not null)
        {
            Add("content-length", body.Length.ToString(CultureInfo.InvariantCulture));
        }

        if (token is not null)
        {
            Add("authorization", $"Bearer {token}");
        }

        if (isWebSocket)
        {
            Add("connection", "Upgrade");
            Add("upgrade", "websocket");
            Add("sec-websocket-version", "13");
            Add("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        }

        var address = new Address
        {
            SocketAddress = new() { Address = "192.0.2.1", PortValue = 1 },
        };
        return new CheckRequest
        {
            Attributes = new()
            {
                Source = new() { Address = address },
                Destination = new() { Address = address },
                Request = new() { Http = http },
                ContextExtensions = { ["policy"] = policy },
            },
        }.ToByteArray();

        void Add(string name, string value) =>
            http.HeaderMap.Headers.Add(new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) });
    }
}
