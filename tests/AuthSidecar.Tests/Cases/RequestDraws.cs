using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Cases;

/// <summary>Draws requests from the vocabulary of the corpus, and variants that differ in a few facts.</summary>
internal sealed class RequestDraws
{
    private static readonly string[] _credentials =
    [
        "authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "proxy-authorization",
        "x-authsidecar-token",
        "x-coder-ai-governance-token",
    ];

    private static readonly string[] _delegation =
    [
        "x-authsidecar-gateway-key",
        "x-authsidecar-delegated-key-id",
        "x-authsidecar-source",
        "x-authsidecar-workspace-id",
        "x-coder-ai-gateway-key",
        "x-coder-ai-gateway-delegated-key-id",
        "x-coder-ai-gateway-source",
        "x-coder-ai-gateway-workspace-id",
    ];

    private static readonly (string Name, string[] Values)[] _headers =
    [
        ("accept-encoding", ["gzip, deflate", "gzip, deflate, br, zstd", "zstd", "br, gzip;q=0, zstd", "identity"]),
        ("user-agent", ["curl/8", "python-requests/2.32", "claude-cli/1"]),
        ("x-forwarded-for", ["192.0.2.1"]),
        ("cookie", ["a=1"]),
        ("x-real-ip", ["192.0.2.2"]),
        ("openai-organization", ["org-1", "org-2"]),
        ("x-authsidecar-caller-subject", ["root"]),
        ("x-authsidecar-caller-team", ["one"]),
        ("x-envoy-retry-on", ["5xx"]),
        ("x-ai-bridge-actor-id", ["root"]),
        ("connection", ["keep-alive", "close, x-authsidecar-caller-user-id"]),
        ("sec-websocket-protocol", ["chat", "chat, v2"]),
        ("x-http-method-override", ["DELETE"]),
        ("x-request-id", ["r-1"]),
        ("content-type", ["application/json", "application/grpc"]),
        ("sec-websocket-key", ["dGhlIHNhbXBsZSBub25jZQ=="]),
    ];

    private readonly Random _random;
    private readonly RequestDraft[] _all;
    private readonly RequestDraft[] _allowed;
    private readonly RequestDraft[] _delegated;
    private readonly RequestDraft[] _byok;
    private readonly string[] _queries;

    public RequestDraws(Vocabulary vocabulary, int seed)
    {
        _random = new(seed);
        _all =
        [
            .. CorpusFiles
                .Cases.Where(one => one.Given.Settings == "main" && one.Exception(Transport.InProcess) is not { Skip: true })
                .Select(one => RequestDraft.Of(one, vocabulary)),
        ];
        _allowed = [.. _all.Where(draft => draft.IsAllowed)];
        _delegated = [.. _all.Where(draft => _delegation.Any(draft.Has))];
        _byok = [.. _all.Where(draft => draft.Has("x-authsidecar-token"))];
        _queries =
        [
            "a=1",
            "key=AIzaOwn",
            "beta=true&alt=sse",
            $"key={vocabulary.Resolve("{key.good}")}",
            $"access_token={vocabulary.Resolve("{key.good}")}",
        ];
    }

    public (RequestDraft First, RequestDraft Second) Pair()
    {
        var first = Pick(_random.Next(10) < 9 ? _allowed : _all);
        for (var i = _random.Next(3); i > 0; i--)
        {
            first = Vary(first);
        }

        var second = first;
        for (var i = _random.Next(3); i >= 0; i--)
        {
            second = Vary(second);
        }

        return _random.Next(2) == 0 ? (first, second) : (second, first);
    }

    /// <summary>Possible results of a limiter: a state, none, or a denial.</summary>
    public (LimitState? State, Denial? Denial) Limit() =>
        _random.Next(20) switch
        {
            0 => (null, Denials.RateLimited),
            < 8 => (new(60, _random.Next(60), TimeSpan.FromSeconds(_random.Next(60))), null),
            _ => (null, null),
        };

    private RequestDraft Vary(RequestDraft draft) =>
        _random.Next(16) switch
        {
            0 => draft with { Extensions = Pick(_allowed).Extensions },
            1 => draft.Take(Pick(_allowed), _credentials),
            2 => draft with { Target = Pick(_allowed).Target },
            3 => draft with { Method = Pick(["GET", "POST", "HEAD"]) },
            4 => draft with
            {
                Target = $"{draft.Target}{(draft.Target.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Pick(_queries)}",
            },
            5 => draft.Has("upgrade")
                ? draft.Without("upgrade", "connection")
                : (draft with { Method = "GET" }).With("upgrade", "websocket").With("connection", "Upgrade"),
            6 => draft.Take(Pick(_delegated), _delegation),
            7 => draft.Take(Pick(_byok), _credentials),
            8 => draft.Without(_delegation),
            9 => draft with { Principal = Pick(["", "spiffe://cases.test/gateway"]) },
            _ => Header(draft),
        };

    private RequestDraft Header(RequestDraft draft)
    {
        var (name, values) = _headers[_random.Next(_headers.Length)];
        return draft.Has(name) && _random.Next(3) == 0 ? draft.Without(name) : draft.Without(name).With(name, Pick(values));
    }

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
