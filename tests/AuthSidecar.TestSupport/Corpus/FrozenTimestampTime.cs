namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// The real clock with timestamps that stand still: what one request of a case has used up is not given back before the next one.
/// </summary>
internal sealed class FrozenTimestampTime : TimeProvider
{
    public override long GetTimestamp() => 0;
}
