namespace AuthSidecar.TestSupport.Corpus;

/// <summary>One case of the corpus, whole: base and row put together.</summary>
internal sealed record Case
{
    /// <summary>File and name, e.g. <c>extraction/order: good bearer, unknown API key</c>.</summary>
    public required string Id { get; init; }

    public required string Why { get; init; }
    public required Given Given { get; init; }
    public required RequestText Request { get; init; }

    /// <summary>The refusal; null: it is allowed.</summary>
    public ExpectedAnswer? Refusal { get; init; }

    /// <summary>Null: nobody (public), or, in a refusal, not said.</summary>
    public ExpectedCaller? Caller { get; init; }

    /// <summary>Null: the upstream must not be called.</summary>
    public ExpectedUpstream? Upstream { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Columns of the row that it leaves; what follows from the rest need not be said.</summary>
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

    /// <summary>The refusal is a socket that the closer opens and closes.</summary>
    public bool IsClose => Refusal is { Status: 101 };

    public bool IsUpgrade => HeaderText("upgrade") is { Length: > 0 };

    public override string ToString() => Id;
}
