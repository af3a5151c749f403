using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// The running decision of a Check with the attempts that wait for it: the first call and its repeats. An Allow concludes only while an
/// attempt waits, because a lost Allow would keep its reservation and lease.
/// </summary>
internal sealed class RepeatRun(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<CheckAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _memory = time.ToTimestamps(RepeatTable.Memory);
    private TaskCompletionSource _change = NewChange();

    // The first attempt.
    private int _attempts = 1;
    private long _end = time.GetTimestamp();
    private bool _hasTimedOut;

    /// <summary>The answer, once its decision is logged.</summary>
    public Task<CheckAnswer> Answer => _answer.Task;

    /// <summary>True while an attempt waits.</summary>
    public bool IsAttended
    {
        get
        {
            lock (_lock)
            {
                return _attempts > 0;
            }
        }
    }

    /// <param name="remaining">Time left until the deadline of the attempt.</param>
    public void Join(TimeSpan remaining) => Change(1, time.ToTimestamps(remaining), hasTimedOut: false);

    /// <summary>The call of an attempt was cancelled.</summary>
    /// <param name="remaining">Time left until its deadline, in which a repeat may come.</param>
    public void Leave(TimeSpan remaining) => Change(-1, Math.Min(_memory, time.ToTimestamps(remaining)), hasTimedOut: false);

    /// <summary>The deadline of an attempt has passed.</summary>
    /// <returns>True when it was the last, and ends the decision.</returns>
    public bool TimeOut()
    {
        Change(-1, 0, hasTimedOut: true);
        return !IsAttended;
    }

    public void Finish(CheckAnswer answer) => _answer.TrySetResult(answer);

    public void Fail(Exception fault) => _answer.TrySetException(fault);

    /// <summary>Waits for the decision after the first attempt has left.</summary>
    /// <exception cref="TimeoutException">The deadlines of all attempts have passed.</exception>
    /// <exception cref="OperationCanceledException">All attempts have left, and no repeat came.</exception>
    public async Task<Decision> WaitAsync(Task<Decision> running)
    {
        while (true)
        {
            Task change;
            bool isAttended,
                hasTimedOut;
            long left;
            lock (_lock)
            {
                (change, isAttended, hasTimedOut) = (_change.Task, _attempts > 0, _hasTimedOut);
                left = hasTimedOut ? 0 : _end - time.GetTimestamp();
            }

            if (running.IsCompleted && (isAttended || running is not { IsCompletedSuccessfully: true, Result: Decision.Allow }))
            {
                return await running;
            }

            if (left <= 0)
            {
                throw isAttended || hasTimedOut ? new TimeoutException() : new OperationCanceledException();
            }

            Task next = Task.WhenAny(running.IsCompleted ? change : running, change);
            await next.WaitAsync(time.ToTimeSpan(left), time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(int attempts, long left, bool hasTimedOut)
    {
        TaskCompletionSource change;
        lock (_lock)
        {
            _attempts += attempts;
            _end = Math.Max(_end, time.GetTimestamp() + left);
            _hasTimedOut = hasTimedOut && _attempts == 0;
            (change, _change) = (_change, NewChange());
        }

        change.SetResult();
    }
}
