namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>How a request ended, according to Envoy.</summary>
/// <param name="Status">HTTP status sent to the client; null: the client left before.</param>
internal sealed record RequestEnd(int? Status)
{
    /// <summary>By Envoy's clock; null: unknown.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>From the first byte to the last, in milliseconds; null: unknown.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Size of the body.</summary>
    public long RequestBytes { get; init; }

    /// <summary>Size of the body.</summary>
    public long ResponseBytes { get; init; }

    /// <summary>With its query.</summary>
    public string Target { get; init; } = "";

    public string UserAgent { get; init; } = "";

    /// <summary>Envoy's response code details without parameters, such as <c>response_timeout</c>; empty: none.</summary>
    public string Details { get; init; } = "";

    /// <summary>The client disconnected before the end of the response.</summary>
    public bool HasClientLeft { get; init; }

    /// <summary>The response was cut off after its start, by the upstream or a timeout.</summary>
    public bool WasCut { get; init; }
}
