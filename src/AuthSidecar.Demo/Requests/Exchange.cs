namespace AuthSidecar.Demo.Requests;

/// <summary>The response that the client received.</summary>
/// <param name="Headers">Lower-case names.</param>
internal sealed record ClientAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Reason => Headers.GetValueOrDefault("x-authsidecar-reason");

    public string? DecisionId => Headers.GetValueOrDefault("x-authsidecar-decision-id");
}

/// <summary>The result of one request at both ends.</summary>
/// <param name="Upstream">The headers that the upstream received; null: it was not called.</param>
internal sealed record Exchange(ClientAnswer Client, IReadOnlyDictionary<string, string>? Upstream)
{
    /// <summary>The request target that the upstream received; null: it was not called.</summary>
    public string? UpstreamTarget { get; init; }

    /// <summary>The code and reason with which the server closed the WebSocket; null: it did not.</summary>
    public (int Code, string Reason)? Close { get; init; }

    /// <summary>An additional observation for the table.</summary>
    public string? Note { get; init; }

    /// <summary>A problem found while sending or receiving.</summary>
    public string? Complaint { get; init; }
}
