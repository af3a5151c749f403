namespace AuthSidecar.Demo;

/// <summary>What a client got.</summary>
/// <param name="Headers">Lower-case names.</param>
internal sealed record ClientAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Reason => Headers.GetValueOrDefault("x-authsidecar-reason");

    public string? DecisionId => Headers.GetValueOrDefault("x-authsidecar-decision-id");
}

/// <summary>What came of one request at both ends.</summary>
/// <param name="Upstream">The headers that the upstream saw; null: it was not called.</param>
internal sealed record Exchange(ClientAnswer Client, IReadOnlyDictionary<string, string>? Upstream)
{
    /// <summary>The request target that the upstream saw; null: it was not called.</summary>
    public string? UpstreamTarget { get; init; }

    /// <summary>The code and reason with which the WebSocket was closed by the other side, or null.</summary>
    public (int Code, string Reason)? Close { get; init; }

    /// <summary>What else is worth telling.</summary>
    public string? Note { get; init; }

    /// <summary>What was wrong on the way.</summary>
    public string? Complaint { get; init; }
}
