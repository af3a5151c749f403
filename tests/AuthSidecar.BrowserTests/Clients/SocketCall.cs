namespace AuthSidecar.BrowserTests.Clients;

/// <summary>
/// One socket for a client to open. Once it is open the client says <see cref="First"/>, and closes it when it has heard as many messages
/// as it wanted.
/// </summary>
/// <param name="Url"><c>ws</c> or <c>wss</c>.</param>
internal sealed record SocketCall(string Url)
{
    /// <summary>Offered subprotocols.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>For clients that can set headers. A page cannot.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Null: the client says nothing.</summary>
    public string? First { get; init; }

    /// <summary>Zero: the client waits until the server closes.</summary>
    public int Wanted { get; init; }
}
