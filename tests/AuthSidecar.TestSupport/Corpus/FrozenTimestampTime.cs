namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// The real clock with frozen timestamps: a limit used up by one request of a case is not replenished before the next one.
/// </summary>
internal sealed class FrozenTimestampTime : TimeProvider
{
    public override long GetTimestamp() => 0;
}
