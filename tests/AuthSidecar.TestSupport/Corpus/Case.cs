namespace AuthSidecar.TestSupport.Corpus;

/// <summary>One complete case of the corpus: base and row merged.</summary>
internal sealed record Case
{
    /// <summary>File and name, e.g. <c>extraction/order: good bearer, unknown API key</c>.</summary>
    public required string Id { get; init; }

    public required string Why { get; init; }
    public required Given Given { get; init; }
    public required RequestText Request { get; init; }

    /// <summary>The refusal; null: allowed.</summary>
    public ExpectedAnswer? Refusal { get; init; }

    /// <summary>Null: anonymous (public), or, in a refusal, left open.</summary>
    public ExpectedCaller? Caller { get; init; }

    /// <summary>Null: the upstream must not be called.</summary>
    public ExpectedUpstream? Upstream { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Expected columns of the usage row, beyond those that follow from the decision.</summary>
    public IReadOnlyDictionary<string, string?>? Row { get; init; }

    public IReadOnlyDictionary<string, TransportDifference> Transports { get; init; } = new Dictionary<string, TransportDifference>();

    public string Method => Request.Method ?? "POST";
    public string Target => Request.Target ?? "/v1/chat/completions";
    public IReadOnlyList<IReadOnlyList<string>> Headers => [.. Request.Headers ?? [], .. Request.Add ?? []];

    public IReadOnlyDictionary<string, string> Extensions =>
        Given.Extensions
        ?? (
            Given.Closer
                ? new Dictionary<string, string> { ["policy"] = Given.Policy!, [RouteHosts.CloserExtension] = "true" }
                : new Dictionary<string, string> { ["policy"] = Given.Policy! }
        );

    public string? HeaderText(string name) =>
        Headers.LastOrDefault(header => header[0].Equals(name, StringComparison.OrdinalIgnoreCase)) is { } header ? header[1].Trim() : null;

    /// <summary>The refusal is a WebSocket that the closer opens and closes.</summary>
    public bool IsClose => Refusal is { Status: 101 };

    public bool IsUpgrade => HeaderText("upgrade") is { Length: > 0 };

    public override string ToString() => Id;
}
