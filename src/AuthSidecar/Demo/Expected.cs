namespace AuthSidecar.Demo;

/// <summary>What must come of a request.</summary>
/// <param name="Status">What the client gets.</param>
/// <param name="Reason">The refusal's reason; null: it passes.</param>
/// <param name="Upstream">Headers that the upstream must see, with null for those that it must not see.</param>
internal sealed record Expected(int Status, string? Reason, IReadOnlyList<KeyValuePair<string, string?>> Upstream)
{
    private const int SwitchingProtocols = 101;

    /// <summary>Envoy finds this out before it asks: then there is neither a reason nor a decision.</summary>
    public bool ByEnvoy { get; init; }

    public bool Passes => Reason is null;

    /// <summary>The code with which the WebSocket is closed after it was opened; null: it is refused by the status.</summary>
    public int? CloseCode { get; init; }

    public static Expected Pass(params IReadOnlyList<(string Name, string? Value)> upstream) =>
        new(200, null, [.. upstream.Select(header => KeyValuePair.Create(header.Name, header.Value))]);

    public static Expected Close(int code, string reason) => new(SwitchingProtocols, reason, []) { CloseCode = code };

    public static Expected Refuse(int status, string reason) => new(status, reason, []);
}
