namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Log output that never blocks its writers for long. A line is written by the calling thread; if the target blocks longer than
/// <see cref="Patience"/> (5 ms unless it is an Allow's line), the line and all later ones wait in memory until the queue is empty and a
/// second has passed. The queue holds <see cref="MostBytes"/>; lines above that are dropped and counted: unidentified refusals above a
/// quarter, refusals above half, messages above three quarters, Allows last.
/// </summary>
/// <param name="target">The destination.</param>
/// <param name="time">The clock.</param>
/// <param name="alarm">Receives a message when the output blocks and when it recovers; null: standard error.</param>
/// <param name="mostBytes">Capacity of the queue.</param>
internal sealed class LineOutput(ILineTarget target, TimeProvider time, TextWriter? alarm = null, long mostBytes = LineOutput.MostBytes)
{
    public const long MostBytes = 8 << 20;

    /// <summary>Maximum wait of an Allow for its line.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan _patienceOfOthers = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _round = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    // Held while writing to the target.
    private readonly Lock _writing = new();

    // Never held while waiting for the target.
    private readonly object _signal = new();
    private readonly OutageLog _outage = new(time);
    private readonly LateLines _late = new(mostBytes);
    private Thread? _thread;
    private volatile bool _isLate;
    private volatile bool _isEnding;
    private long _began;
    private long _progress;

    /// <summary>Bytes in the queue.</summary>
    public long Waiting => _late.Bytes;

    private TextWriter Alarm => alarm ?? Console.Error;

    /// <summary>Lines dropped since the start.</summary>
    public long Dropped(LineKind kind) => _late.Dropped(kind);

    /// <param name="line">With its newline; on a pipe atomic up to 4096 bytes.</param>
    /// <param name="kind">Its kind.</param>
    public void Write(ReadOnlySpan<byte> line, LineKind kind)
    {
        if (!line.IsEmpty && (_isLate || !TryWriteNow(line, kind)))
        {
            _late.Keep(line, kind);
            StartQueueing();
        }
    }

    /// <summary>Waits until the queue is empty, at the process's end.</summary>
    public void Finish(TimeSpan longest)
    {
        _isEnding = true;
        var start = time.GetTimestamp();
        while (_isLate && time.GetElapsedTime(start) < longest)
        {
            Thread.Sleep(1);
        }

        _isEnding = false;
    }

    // False: no byte of the line was written.
    private bool TryWriteNow(ReadOnlySpan<byte> line, LineKind kind)
    {
        var patience = kind == LineKind.Allow ? Patience : _patienceOfOthers;
        if (!_writing.TryEnter(patience))
        {
            return false;
        }

        try
        {
            if (_isLate)
            {
                return false;
            }

            var written = target.TryWrite(line);
            if (written == 0 && kind == LineKind.Allow && target.Wait(patience))
            {
                written = target.TryWrite(line);
            }

            if (written > 0 && written < line.Length)
            {
                _late.KeepRest(line[written..]);
                StartQueueing();
            }

            return written > 0;
        }
        catch (IOException)
        {
            // The thread of late lines fails again, and reports it.
            return false;
        }
        finally
        {
            _writing.Exit();
        }
    }

    private void StartQueueing()
    {
        if (_isLate)
        {
            return;
        }

        lock (_signal)
        {
            if (!_isLate)
            {
                _began = _progress = time.GetTimestamp();
                _isLate = true;
                if (_thread is null)
                {
                    _thread = new(Run) { IsBackground = true, Name = "late log lines" };
                    _thread.Start();
                }

                Monitor.Pulse(_signal);
            }
        }
    }

    private void Run()
    {
        while (true)
        {
            lock (_signal)
            {
                while (!_isLate)
                {
                    Monitor.Wait(_signal);
                }
            }

            while (Waiting > 0)
            {
                WriteQueue();
            }

            if (_isEnding || time.GetElapsedTime(_began) >= _second)
            {
                End();
            }
            else
            {
                Thread.Sleep(_pause);
            }
        }
    }

    private void WriteQueue()
    {
        try
        {
            if (target.Wait(_round) && WriteSome())
            {
                _progress = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(_progress) >= _second)
            {
                ReportBlocked("the reader blocks");
                Thread.Sleep(1);
            }
        }
        catch (IOException fault)
        {
            ReportBlocked(fault.Message);
            Thread.Sleep(_retry);
        }
    }

    private bool WriteSome()
    {
        var hasMoved = false;
        lock (_writing)
        {
            while (_late.Next() is { IsEmpty: false } next && target.TryWrite(next) is > 0 and var written)
            {
                _late.Take(written);
                hasMoved = true;
            }
        }

        return hasMoved;
    }

    private void End()
    {
        lock (_writing)
        {
            _late.TryEnd(_began, time, () => _isLate = false);
        }

        if (!_isLate && _outage.Recover() is { } outage)
        {
            Alarm.WriteLine($"Log output restored after {outage.Duration}.");
        }
    }

    private void ReportBlocked(string reason)
    {
        if (_outage.Fail())
        {
            Alarm.WriteLine(
                $"Log output blocked: {reason}. Lines wait in memory; lines that do not fit are dropped and counted in "
                    + "authsidecar_log_dropped_total."
            );
        }
    }
}
