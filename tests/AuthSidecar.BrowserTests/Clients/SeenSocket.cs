namespace AuthSidecar.BrowserTests.Clients;

/// <summary>A client's observations of one WebSocket, from the handshake to its end.</summary>
internal sealed record SeenSocket
{
    /// <summary>No close frame was received (RFC 6455 7.1.5): the only code that a page gets for a refused handshake.</summary>
    public const int Abnormal = 1006;

    public bool Opened { get; init; }

    /// <summary>The subprotocol that the server chose; empty when none.</summary>
    public string Protocol { get; init; } = "";

    public IReadOnlyList<string> Messages { get; init; } = [];

    /// <summary>Close code.</summary>
    public int Code { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>HTTP status of a refused handshake, for clients that can read it.</summary>
    public int? Status { get; init; }

    /// <summary>Headers of a refused handshake, in lower case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
}
