using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// The Checks that are running or were answered in the last two seconds, in bounded memory: the oldest answers are dropped first. It holds
/// hashes of requests and the answers, no requests.
/// </summary>
internal sealed class RepeatTable : IDisposable
{
    /// <summary>Time for which an answer is remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(2);

    private const int MostChecks = 16_384;
    private const int MostBytes = 4 * 1024 * 1024;

    // State of a Check that no repeat waits for.
    private static readonly object _running = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<RepeatKey, Entry> _entries = [];
    private readonly Queue<(RepeatKey Key, long At)> _answered = [];
    private readonly TimeProvider _time;
    private readonly long _memory;
    private readonly ITimer _sweeper;
    private long _bytes;
    private int _runningCount;
    private bool _isSweeping;

    public RepeatTable(TimeProvider time)
    {
        _time = time;
        _memory = time.ToTimestamps(Memory);
        _sweeper = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Number of remembered and running Checks.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Begins a Check, unless it repeats another.</summary>
    /// <returns>Null: it is the first, and must be ended with <see cref="Finish"/> or <see cref="Fail"/>.</returns>
    public Repeat? Begin(RepeatKey key)
    {
        lock (_lock)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, key, out var isKnown);
            if (!isKnown)
            {
                Start(key, ref entry);
                return null;
            }

            if (entry.IsRunning)
            {
                return new(RunOf(ref entry), null, default);
            }

            if (entry.At + _memory > _time.GetTimestamp())
            {
                return new(null, entry.State, entry.Limit);
            }

            _bytes -= SizeOf(entry.State);
            Start(key, ref entry);
            return null;
        }
    }

    /// <summary>The run of a Check whose call ends before its decision; null: repeats of it are not recognized.</summary>
    public RepeatRun? RunOf(RepeatKey key)
    {
        lock (_lock)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, key);
            return !Unsafe.IsNullRef(ref entry) && entry.IsRunning ? RunOf(ref entry) : null;
        }
    }

    /// <summary>Remembers the answer of a Check, whose decision is logged, and passes it to the repeats that wait for it.</summary>
    public void Finish(RepeatKey key, CheckAnswer answer)
    {
        RepeatRun? run;
        lock (_lock)
        {
            ref var entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, key);
            if (Unsafe.IsNullRef(ref entry) || !entry.IsRunning)
            {
                return;
            }

            run = entry.State as RepeatRun;
            var now = _time.GetTimestamp();
            entry = new(answer.Prepared ?? (object)answer) { Limit = answer.Limit, At = now };
            _runningCount--;
            _bytes += SizeOf(entry.State);
            _answered.Enqueue((key, now));
            Trim(now);
            if (!_isSweeping)
            {
                _isSweeping = true;
                _sweeper.Change(Memory, Timeout.InfiniteTimeSpan);
            }
        }

        run?.Finish(answer);
    }

    /// <summary>Forgets a Check without an answer.</summary>
    public void Fail(RepeatKey key, Exception fault)
    {
        RepeatRun? run = null;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry) && entry.IsRunning)
            {
                run = entry.State as RepeatRun;
                _entries.Remove(key);
                _runningCount--;
            }
        }

        run?.Fail(fault);
    }

    public void Dispose() => _sweeper.Dispose();

    // With too many running Checks repeats are not recognized; each running one holds a call anyway.
    private void Start(RepeatKey key, ref Entry entry)
    {
        if (_runningCount < MostChecks)
        {
            _runningCount++;
            entry = new(_running);
        }
        else
        {
            _entries.Remove(key);
        }
    }

    private RepeatRun RunOf(ref Entry entry)
    {
        if (entry.State is not RepeatRun run)
        {
            entry.State = run = new(_time);
        }

        return run;
    }

    private void Sweep()
    {
        lock (_lock)
        {
            Trim(_time.GetTimestamp());
            _isSweeping = _answered.Count > 0;
            if (_isSweeping)
            {
                _sweeper.Change(Memory, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Trim(long now)
    {
        while (_answered.TryPeek(out var oldest) && (oldest.At + _memory <= now || _answered.Count > MostChecks || _bytes > MostBytes))
        {
            _answered.Dequeue();

            if (!_entries.Remove(oldest.Key, out var entry))
            {
                continue;
            }

            if (entry.IsRunning || entry.At != oldest.At)
            {
                // A later Check with the same key.
                _entries.Add(oldest.Key, entry);
                continue;
            }

            _bytes -= SizeOf(entry.State);
        }
    }

    // A prepared answer is shared by all requests of its caller.
    private static int SizeOf(object state) => state is CheckAnswer own ? own.Length : 0;

    private struct Entry(object state)
    {
        /// <summary><see cref="_running"/>, a <see cref="RepeatRun"/>, or the answer.</summary>
        public object State = state;

        public LimitState? Limit;

        public long At;

        public readonly bool IsRunning => ReferenceEquals(State, _running) || State is RepeatRun;
    }
}
