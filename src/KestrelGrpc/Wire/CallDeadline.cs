namespace KestrelGrpc.Wire;

/// <summary>A running deadline: cancels the call's token when it passes, or when the call is cancelled before.</summary>
internal sealed class CallDeadline : IDisposable
{
    // Longer than a timer can run; such a deadline is as good as none.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(40);

    private readonly CancellationTokenSource _source;
    private readonly TaskCompletionSource _expired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer? _timer;
    private volatile bool _isExpired;

    /// <param name="remaining">Null for no deadline, only cancellation.</param>
    public CallDeadline(TimeProvider time, TimeSpan? remaining, params ReadOnlySpan<CancellationToken> aborted)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        Token = _source.Token;
        if (remaining <= LongestTimer)
        {
            var due = remaining > TimeSpan.Zero ? remaining.Value : TimeSpan.Zero;
            _timer = time.CreateTimer(static state => ((CallDeadline)state!).Expire(), this, due, Timeout.InfiniteTimeSpan);
        }
    }

    public CancellationToken Token { get; }

    public bool IsExpired => _isExpired;

    /// <summary>Completes when the deadline passes.</summary>
    public Task Expired => _expired.Task;

    /// <summary>Cancels without a deadline having passed.</summary>
    public void Cancel() => _source.Cancel();

    public void Dispose()
    {
        _timer?.Dispose();
        _source.Dispose();
    }

    private void Expire()
    {
        _isExpired = true;
        try
        {
            // Not Cancel: what the handler registered on the token must not throw on the timer's thread.
            _ = _source.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The call ended while the timer was firing.
            return;
        }

        _expired.TrySetResult();
    }
}
