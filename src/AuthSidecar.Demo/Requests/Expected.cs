namespace AuthSidecar.Demo.Requests;

/// <summary>The expected result of a request.</summary>
/// <param name="Status">The status that the client receives.</param>
/// <param name="Reason">The reason of the refusal; null: the request passes.</param>
/// <param name="Upstream">Headers that the upstream must receive; null as the value: must not receive.</param>
internal sealed record Expected(int Status, string? Reason, IReadOnlyList<KeyValuePair<string, string?>> Upstream)
{
    private const int SwitchingProtocols = 101;

    /// <summary>Envoy refuses this itself before it calls the sidecar: then there is neither a reason nor a decision.</summary>
    public bool ByEnvoy { get; init; }

    public bool Passes => Reason is null;

    /// <summary>The code with which the WebSocket is closed after the handshake; null: the handshake is refused with the status.</summary>
    public int? CloseCode { get; init; }

    public static Expected Pass(params IReadOnlyList<(string Name, string? Value)> upstream) =>
        new(200, null, [.. upstream.Select(header => KeyValuePair.Create(header.Name, header.Value))]);

    public static Expected Close(int code, string reason) => new(SwitchingProtocols, reason, []) { CloseCode = code };

    public static Expected Refuse(int status, string reason) => new(status, reason, []);
}
