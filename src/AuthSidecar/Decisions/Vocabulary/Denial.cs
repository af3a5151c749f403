namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>One denial of the catalogue.</summary>
/// <param name="Reason">Stable identifier for logs, metric labels and error codes.</param>
/// <param name="Status">HTTP status, 4xx or 5xx.</param>
/// <param name="Message">Text for the client; never taken from an exception.</param>
internal sealed record Denial(string Reason, int Status, string Message)
{
    /// <summary>Delay before a retry; null when a retry cannot succeed.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>WebSocket close code, from RFC 6455 7.4.1 or the private range 4000–4999.</summary>
    public int CloseCode { get; init; } = 1008;

    /// <summary>Additional headers of this denial.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Message for the error shape <c>aibridge</c>; null: as for its status.</summary>
    public string? Plain { get; init; }

    /// <summary>Detail, such as the exceeded budget; for the log and <c>explain</c>.</summary>
    public string? Detail { get; init; }

    public bool Is(Denial other) => Reason == other.Reason;
}
