namespace AuthSidecar.Relay;

/// <summary>One end said what it may not.</summary>
internal sealed class FrameException(Ending ending) : Exception(ending.Reason)
{
    /// <summary>What it is told.</summary>
    public Ending Ending { get; } = ending;
}
