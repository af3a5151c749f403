namespace AuthSidecar.Platform.Redis;

/// <summary>
/// Answers to the calls of one feature, whose keys are on one node. Answers on a connection come in order: while some arrive, a call
/// without an answer is only queued.
/// </summary>
internal sealed class RedisPulse
{
    private long _answers;
    private int _late;

    /// <summary>Number of answers so far, including errors and late ones.</summary>
    public long Answers => Volatile.Read(ref _answers);

    /// <summary>Calls in a row without an answer in time, where calls that waited at the same time count as one.</summary>
    public int Late => Volatile.Read(ref _late);

    public void CountAnswer() => Interlocked.Increment(ref _answers);

    /// <param name="before"><see cref="Late"/> when the call began.</param>
    public void CountLate(int before) => Interlocked.CompareExchange(ref _late, before + 1, before);

    public void CountInTime()
    {
        if (Late != 0)
        {
            Volatile.Write(ref _late, 0);
        }
    }
}
