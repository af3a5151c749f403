namespace AuthSidecar.Demo.Requests;

internal enum DemoCaseKind
{
    Plain,
    Stream,
    WebSocket,
}

/// <summary>One request of the demo and its expected result.</summary>
/// <param name="Name">What the request demonstrates.</param>
/// <param name="Policy">The policy of its route, for Check calls without Envoy.</param>
/// <param name="Path">The target as the client sends it.</param>
/// <param name="Expected">The expected result.</param>
internal sealed record DemoCase(string Name, string Policy, string Path, Expected Expected)
{
    public DemoCaseKind Kind { get; init; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>A JSON body, sent with POST; null: GET.</summary>
    public string? Body { get; init; }

    /// <summary>The route leads to the closer by default.</summary>
    public bool HasCloser { get; init; }

    /// <summary>The first message of a WebSocket, its credential for the relay; null: none.</summary>
    public string? FirstMessage { get; init; }

    public string Method => Body is null ? "GET" : "POST";

    /// <summary>Revokes the caller's access: the request must pass before and be refused within a second afterwards.</summary>
    public Func<CancellationToken, Task>? Withdraw { get; init; }
}
