namespace AuthSidecar.AccessLogs;

/// <summary>How a request ended, as Envoy saw it.</summary>
/// <param name="Status">HTTP status that the client was sent; null: it was gone before.</param>
internal sealed record RequestEnd(int? Status)
{
    /// <summary>By Envoy's clock; null: not said.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>From the first byte to the last, in milliseconds; null: not said.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Of the body.</summary>
    public long RequestBytes { get; init; }

    /// <summary>Of the body.</summary>
    public long ResponseBytes { get; init; }

    /// <summary>With its query.</summary>
    public string Target { get; init; } = "";

    public string UserAgent { get; init; } = "";

    /// <summary>Envoy's word for why it ended as it did, without particulars, such as <c>response_timeout</c>; empty: nothing to be said.</summary>
    public string Details { get; init; } = "";

    /// <summary>The client went before it had everything.</summary>
    public bool HasClientLeft { get; init; }

    /// <summary>The response began and was cut off on the upstream's side, or by a time limit.</summary>
    public bool WasCut { get; init; }
}
