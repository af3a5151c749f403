namespace AuthSidecar.Demo;

internal enum DemoCaseKind
{
    Plain,
    Stream,
    WebSocket,
}

/// <summary>One request of the demo and what must come of it.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Policy">The policy of its route; Envoy finds the route by itself.</param>
/// <param name="Path">As the client sends it.</param>
/// <param name="Expected">What must come of it.</param>
internal sealed record DemoCase(string Name, string Policy, string Path, Expected Expected)
{
    public DemoCaseKind Kind { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>JSON, sent with POST; null: GET.</summary>
    public string? Body { get; init; }

    /// <summary>The route's default is the closer.</summary>
    public bool HasCloser { get; init; }

    /// <summary>What a WebSocket says first: its credential, for the relay. Null: nothing.</summary>
    public string? FirstMessage { get; init; }

    public string Method => Body is null ? "GET" : "POST";

    /// <summary>Takes the right away between two of these requests, if the first did not use it up: the first must pass, and soon none does.</summary>
    public Func<CancellationToken, Task>? Withdraw { get; init; }
}
