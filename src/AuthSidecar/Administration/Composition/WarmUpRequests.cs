using System.Globalization;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Hosting;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Administration.Composition;

/// <summary>Settings, caller and requests of the warm-up.</summary>
internal static class WarmUpRequests
{
    public const string Method = "/envoy.service.auth.v3.Authorization/Check";

    private const string Name = "warm-up";
    private const string Provider = "warm-up-provider";
    private const string Scoped = "warm-up-scoped";
    private const string Body = """{"model":"warm-up","max_tokens":100,"messages":[{"role":"user","content":"-"}]}""";

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

    /// <summary>A new one each time: its prepared answers are of one pipeline.</summary>
    public static Identity Caller => new(Name, SubjectType.Account, Guid.Empty.ToString(), Name, [Name], null, null);

    /// <summary>Mostly Allows, as in production: the compiler optimizes for what it has seen.</summary>
    /// <param name="token">The caller's key.</param>
    /// <param name="now">Time of the requests.</param>
    public static IReadOnlyList<WarmUpRequest> Create(string token, DateTimeOffset now) =>
        [
            .. Enumerable.Range(0, 12).Select(_ => Request(now, Name, token)),
            .. Enumerable.Range(0, 6).Select(_ => Request(now, Provider, token, Body)),
            Request(now, Name, KeyToken.Generate(TokenFamily.Ask)),
            Request(now, Name, null),
            Request(now, Scoped, token),
            Request(now, Name, token, isWebSocket: true),
        ];

    // Counted, but never exhausted.
    private static LimitOptions Limit() => new() { Permits = 1_000_000, Window = TimeSpan.FromSeconds(1) };

    private static WarmUpRequest Request(DateTimeOffset now, string policy, string? token, string? body = null, bool isWebSocket = false)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Id = WarmUpRequest.AnyId,
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
        var request = new CheckRequest
        {
            Attributes = new()
            {
                Source = new() { Address = address },
                Destination = new() { Address = address },
                Request = new() { Time = Timestamp.FromDateTimeOffset(now), Http = http },
                ContextExtensions = { ["policy"] = policy },
            },
        };
        return new(request.ToByteArray());

        void Add(string name, string value) =>
            http.HeaderMap.Headers.Add(new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) });
    }
}
