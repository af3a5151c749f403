namespace AuthSidecar.Relay;

/// <summary>One end said what it may not.</summary>
internal sealed class FrameException(CloseReason ending) : Exception(ending.Reason)
{
    /// <summary>What it is told.</summary>
    public CloseReason CloseReason { get; } = ending;
}
