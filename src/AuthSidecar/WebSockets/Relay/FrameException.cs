namespace AuthSidecar.WebSockets.Relay;

/// <summary>A peer violated the WebSocket protocol or a limit.</summary>
internal sealed class FrameException(CloseReason reason) : Exception(reason.Reason)
{
    /// <summary>The close frame for the violating peer.</summary>
    public CloseReason CloseReason { get; } = reason;
}
