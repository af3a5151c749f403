namespace AuthSidecar.BrowserTests.Clients;

/// <summary>
/// One WebSocket for a client to open. Once it is open the client sends <see cref="First"/>, and closes it after the expected number of
/// messages.
/// </summary>
/// <param name="Url"><c>ws</c> or <c>wss</c>.</param>
internal sealed record SocketCall(string Url)
{
    /// <summary>Offered subprotocols.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>For clients that can set headers; a page cannot.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Null: the client sends nothing.</summary>
    public string? First { get; init; }

    /// <summary>Zero: the client waits until the server closes.</summary>
    public int Wanted { get; init; }
}
