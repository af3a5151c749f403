namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>One refusal of the catalogue.</summary>
/// <param name="Reason">Stable word that operators search for; metric label and error code.</param>
/// <param name="Status">HTTP status, 4xx or 5xx.</param>
/// <param name="Message">Text for the client; never from an exception.</param>
internal sealed record Denial(string Reason, int Status, string Message)
{
    /// <summary>When to try again; set where the answer can change by waiting.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>WebSocket close code of <c>RFC 6455</c> 7.4.1 or of the private range 4000–4999.</summary>
    public int CloseCode { get; init; } = 1008;

    /// <summary>Headers that only this refusal carries.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What a client of the error shape <c>aibridge</c> reads instead of the catalogue's sentence, or null.</summary>
    public string? Plain { get; init; }

    /// <summary>What the reason does not say, such as which budget is spent; for the log and for <c>explain</c>.</summary>
    public string? Detail { get; init; }

    public bool Is(Denial other) => Reason == other.Reason;
}
