using System.Text.Json;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>A refusal as the client must receive it. Null reason: Envoy's own refusal, without a call of the sidecar.</summary>
internal sealed record ExpectedAnswer
{
    /// <summary>101: the closer opens the socket and closes it with <see cref="Close"/> and <see cref="Reason"/>.</summary>
    public required int Status { get; init; }

    public string? Reason { get; init; }

    /// <summary>canonical, openai, anthropic, gemini or aibridge.</summary>
    public string Shape { get; init; } = "canonical";

    /// <summary>WebSocket close code.</summary>
    public int? Close { get; init; }

    /// <summary>The grpc-status header; set exactly where the client speaks gRPC.</summary>
    public int? Grpc { get; init; }

    /// <summary>The complete body, trimmed.</summary>
    public string? Text { get; init; }

    /// <summary>Members of the JSON body, by dotted path.</summary>
    public IReadOnlyDictionary<string, string>? Body { get; init; }

    /// <summary>Headers of the response; null: must be absent.</summary>
    public IReadOnlyDictionary<string, string?>? Headers { get; init; }

    /// <summary>Text that must not occur in the response.</summary>
    public IReadOnlyList<string>? Absent { get; init; }
}

/// <summary>The caller that the sidecar reports.</summary>
internal sealed record ExpectedCaller
{
    /// <summary>A name of people.json.</summary>
    public string? Key { get; init; }

    /// <summary>The name of a token <c>{jwt.NAME}</c>, for callers without a key.</summary>
    public string? Jwt { get; init; }

    /// <summary>centralized or byok.</summary>
    public required string Mode { get; init; }

    /// <summary>Set if and only if the call is delegated.</summary>
    public string? Source { get; init; }

    public string? Workspace { get; init; }

    /// <summary>Not a member of the app's tenant; allowed because the policy is a shadow.</summary>
    public bool Foreign { get; init; }

    /// <summary>The app reported to the upstream, with its tenant instead of the key's.</summary>
    public string? App { get; init; }
}

/// <summary>An allowed request as the upstream must receive it: unchanged except for these members.</summary>
internal sealed record ExpectedUpstream
{
    public string? Method { get; init; }
    public string? Target { get; init; }

    /// <summary>
    /// A string: one line with exactly this value. null: no line. {"present": true}: one line. {"list": […]}: these entries.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement>? Headers { get; init; }

    /// <summary>Text that must not occur in the target or any header.</summary>
    public IReadOnlyList<string>? Absent { get; init; }

    public ExpectedUpstream Over(ExpectedUpstream? common) =>
        common is null
            ? this
            : new()
            {
                Method = Method ?? common.Method,
                Target = Target ?? common.Target,
                Headers = Merge(common.Headers, Headers),
                Absent = [.. common.Absent ?? [], .. Absent ?? []],
            };

    private static Dictionary<string, JsonElement> Merge(params IReadOnlyDictionary<string, JsonElement>?[] layers)
    {
        var merged = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in layers.SelectMany(layer => layer ?? new Dictionary<string, JsonElement>()))
        {
            merged[name] = value;
        }

        return merged;
    }
}
